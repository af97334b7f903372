/** What Ably's client passes to its `authCallback`: the token that it wants. */
export interface TokenParams {
  /** The identity of the client, from its options or its first token. Absent until then. */
  clientId?: string;
  /** The capability, if the app set one in `defaultTokenParams` or passed one to `authorize()`. */
  // biome-ignore lint/suspicious/noExplicitAny: assignable both to and from what Ably's client calls TokenParams
  capability?: any;
  /** The lifetime in milliseconds, if the app set one. */
  ttl?: number;
  /** The time in milliseconds since the epoch, if the app passed one to `authorize()`. */
  timestamp?: number;
  /** A random text, if the app passed one to `authorize()`. */
  nonce?: string;
}

/** A token with what its JWT says, in the form that Ably's client takes. Decoded, not verified. */
export interface TokenDetails {
  /** The token itself. */
  token: string;
  /** When it was issued, in milliseconds since the epoch. From the claim `iat`. */
  issued: number;
  /** When it expires, in milliseconds since the epoch. From the claim `exp`. */
  expires: number;
  /** What it grants, as JSON text. Absent, though Ably's type requires it, if the token inherits its key's capability. */
  capability: string;
  /** The identity that it carries. Absent for an anonymous token. */
  clientId?: string;
  /** The name of the key that signed it, `appId.keyId`. From the header's `kid`. */
  keyName?: string;
}

/** What `createTokenRequest` of Ably's server SDKs makes. Ably's client exchanges it for a token. */
export interface TokenRequest {
  /** The name of the key that signed the request, `appId.keyId`. */
  keyName: string;
  /** What the token shall grant, as JSON text. */
  capability: string;
  /** The identity that the token shall carry. Absent for an anonymous token. */
  clientId?: string;
  /** The lifetime of the token in milliseconds. */
  ttl?: number;
  /** When the request was signed, in milliseconds since the epoch. */
  timestamp: number;
  /** A random text, which Ably accepts once. */
  nonce: string;
  /** The signature of the request. */
  mac: string;
}

/** @internal What Ably's client accepts from its `authCallback`. */
export type Token = string | TokenDetails | TokenRequest;

/** What a JWT says. Undefined for a token that can't be read here, such as a JWE or Ably's own. */
export function decode(token: string): TokenDetails | undefined {
  try {
    const [header, claims] = token.split('.', 2).map(decodePart);
    if (!(claims.exp > claims.iat)) return undefined;
    return {
      token,
      issued: claims.iat * 1e3,
      expires: claims.exp * 1e3,
      clientId: claims['x-ably-clientId'],
      capability: claims['x-ably-capability'],
      keyName: header.kid,
    } as TokenDetails;
  } catch {
    return undefined;
  }
}

/** escape() and decodeURIComponent() read UTF-8 also where there is no TextDecoder, as on React Native and in jsdom. */
function decodePart(part: string) {
  return JSON.parse(decodeURIComponent(escape(atob(part.replace(/-/g, '+').replace(/_/g, '/')))));
}
