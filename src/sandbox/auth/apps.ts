import { randomBytes } from 'node:crypto';
import { type Capability, parseCapability } from '../../capability/capability.js';
import { type AblyKey, parseAblyKey } from '../../jwt/key.js';

/** An API key of the server, with its secret: the server made it. */
export interface AppKey {
  readonly app: App;
  readonly name: string;
  readonly secret: string;
  /** `appId.keyId:secret` */
  readonly text: string;
  readonly parsed: AblyKey;
  readonly capability: Capability;
  /** The capability as it was given, which is how Ably shows it to who asks for no other. */
  readonly capabilityText: string;
  readonly revocableTokens: boolean;
}

/** How a key is created. */
export interface AppKeySettings {
  /** The key itself; a new one of random parts if left out. */
  readonly key?: { readonly text: string; readonly parsed: AblyKey } | undefined;
  readonly capabilityText?: string | undefined;
  readonly revocableTokens?: boolean | undefined;
}

/** What holds for the channels of a namespace: those whose names begin with it and a colon. */
export interface NamespaceRules {
  /** Only clients with a client id may publish. */
  readonly identified?: unknown;
  /** Messages can be updated and deleted. */
  readonly mutableMessages?: unknown;
}

/** An Ably app: its keys and rules. */
export interface App {
  readonly id: string;
  readonly accountId: string;
  readonly keys: AppKey[];
  /** Undefined where every channel may do everything. */
  readonly namespaces: ReadonlyMap<string, NamespaceRules> | undefined;
}

/** The apps of a server. */
export class Apps {
  readonly #byId = new Map<string, App>();
  readonly #keysByName = new Map<string, AppKey>();

  #parsedKeys: readonly AblyKey[] = [];

  /** Every key, for the verifier. */
  get parsedKeys(): readonly AblyKey[] {
    return this.#parsedKeys;
  }

  create(id: string, keys: readonly AppKeySettings[], namespaces?: ReadonlyMap<string, NamespaceRules>): App {
    const app: App = {
      id,
      accountId: randomId(appIdLength),
      keys: [],
      namespaces,
    };
    for (const settings of keys) {
      const key = createKey(app, settings);
      app.keys.push(key);
      this.#keysByName.set(key.name, key);
    }
    this.#byId.set(app.id, app);
    this.#collectKeys();
    return app;
  }

  get(appId: string): App | undefined {
    return this.#byId.get(appId);
  }

  key(name: string): AppKey | undefined {
    return this.#keysByName.get(name);
  }

  /** Forgets an app. Its connections are for the caller to end. */
  delete(app: App): void {
    this.#byId.delete(app.id);
    for (const key of app.keys) this.#keysByName.delete(key.name);
    this.#collectKeys();
  }

  [Symbol.iterator](): Iterator<App> {
    return this.#byId.values();
  }

  #collectKeys(): void {
    this.#parsedKeys = Array.from(this.#keysByName.values(), (key) => key.parsed);
  }
}

/** What holds for a channel of an app. */
export function rulesFor({ namespaces }: App, channel: string): NamespaceRules {
  return namespaces === undefined
    ? { mutableMessages: true }
    : (namespaces.get(channel.split(':', 1)[0]!) ?? {});
}

function createKey(app: App, settings: AppKeySettings): AppKey {
  // Ably's default for a key without a capability; here `*` stands for everything.
  const capabilityText = settings.capabilityText ?? '{"*":["*"]}';
  const text = settings.key?.text ?? `${app.id}.${randomId(6)}:${randomBytes(32).toString('base64url')}`;
  const parsed = settings.key?.parsed ?? parseAblyKey(text);
  return {
    app,
    name: parsed.name,
    secret: text.slice(text.indexOf(':') + 1),
    text,
    parsed,
    capability: parseCapability(capabilityText),
    capabilityText,
    revocableTokens: settings.revocableTokens ?? false,
  };
}

/** The length of Ably's app ids. */
export const appIdLength = 6;

/** A random name of letters and digits. */
export function randomId(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}
