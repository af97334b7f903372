import { getOrMake } from '../../util/maps.js';
import type { App } from '../auth/apps.js';
import type { SandboxClock } from '../clock.js';
import { Channel } from './channel.js';

/** The channels of a server, by app and name. */
export class Channels {
  readonly #clock: SandboxClock;
  readonly #byApp = new Map<App, Map<string, Channel>>();

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /**
   * The app's channel of a name, created when it is first used. Check the client's rights first: what a client may not
   * use must take no memory.
   *
   * @param name - without parameters, as `channelName` returns it
   */
  open(app: App, name: string): Channel {
    const channels = getOrMake(this.#byApp, app, () => new Map<string, Channel>());
    return getOrMake(channels, name, () => new Channel(name, this.#clock));
  }

  /** The app's channel of a name, if it was used before. */
  find(app: App, name: string): Channel | undefined {
    return this.#byApp.get(app)?.get(name);
  }

  /** Every channel of an app that was used. */
  of(app: App): readonly Channel[] {
    return [...(this.#byApp.get(app)?.values() ?? [])];
  }

  /** Forgets the channels of an app. */
  delete(app: App): void {
    this.#byApp.delete(app);
  }
}
