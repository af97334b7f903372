import { randomBytes } from 'node:crypto';
import { type Capability, parseCapability } from '../../capability/capability.js';
import { type AblyKey, parseAblyKey } from '../../jwt/key.js';

/** An API key of the server, with its secret. */
export interface AppKey {
  readonly app: App;
  readonly name: string;
  readonly secret: string;
  /** `appId.keyId:secret` */
  readonly text: string;
  readonly parsed: AblyKey;
  readonly capability: Capability;
  /** The capability as it was given. A token request without a capability gets it in this form. */
  readonly capabilityText: string;
  readonly revocableTokens: boolean;
  /** Whether it was revoked: then neither it nor its tokens are accepted. */
  revoked: boolean;
}

/** How a key is created. */
export interface AppKeySettings {
  /** The key itself; a new one of random parts if left out. */
  readonly key?: { readonly text: string; readonly parsed: AblyKey } | undefined;
  readonly capabilityText?: string | undefined;
  readonly revocableTokens: boolean;
}

/** The rules for the channels of a namespace, as an app's settings have them in Ably's dashboard. */
export interface NamespaceRules {
  /** Only clients with a client id may attach and publish. */
  readonly identified?: unknown;
  /** Messages can be updated and deleted. */
  readonly mutableMessages?: unknown;
  /** Messages stay in history; with `false` for two minutes only. */
  readonly persisted?: unknown;
}

/** An Ably app: its keys and rules. */
export interface App {
  readonly id: string;
  readonly accountId: string;
  readonly keys: AppKey[];
  /** The rules by namespace: the part of a channel's name before its first colon, or the whole name. */
  readonly namespaces: Map<string, NamespaceRules>;
  /** The rules of every other channel. */
  readonly otherwise: NamespaceRules;
  /** Whether it was disabled: then no key of it is accepted. */
  disabled: boolean;
}

/** The apps of a server. */
export class Apps {
  readonly #byId = new Map<string, App>();
  readonly #keysByName = new Map<string, AppKey>();

  /** Every key, for the verifier. */
  get parsedKeys(): AblyKey[] {
    return Array.from(this.#keysByName.values(), (key) => key.parsed);
  }

  /** The secret of every key, to be kept out of what is shown. */
  get secrets(): string[] {
    return Array.from(this.#keysByName.values(), (key) => key.secret);
  }

  create(id: string, keys: readonly AppKeySettings[], namespaces?: ReadonlyMap<string, NamespaceRules>): App {
    const app: App = {
      id,
      accountId: randomId(appIdLength),
      keys: [],
      namespaces: new Map(namespaces),
      // Ably's test cloud has namespaces; without them every channel may do everything.
      otherwise: namespaces === undefined ? { mutableMessages: true } : {},
      disabled: false,
    };
    for (const settings of keys) {
      const key = createKey(app, settings);
      app.keys.push(key);
      this.#keysByName.set(key.name, key);
    }
    this.#byId.set(app.id, app);
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
  }
}

/** The rules for a channel of an app. */
export function rulesFor({ namespaces, otherwise }: App, channel: string): NamespaceRules {
  return namespaces.get(channel.split(':', 1)[0]!) ?? otherwise;
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
    revocableTokens: settings.revocableTokens,
    revoked: false,
  };
}

/** The length of Ably's app ids. */
export const appIdLength = 6;

/** A random name of letters and digits. */
export function randomId(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}
