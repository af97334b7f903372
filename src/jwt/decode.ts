import { intersectCapabilities } from '../capability/algebra.js';
import { type Capability, can } from '../capability/capability.js';
import type { JsonObject, JsonValue } from '../util/json.js';
import { type AblyJwt, type Claim, claimOf, claims } from './claims.js';

/** What a payload says whose claims have no errors: the inverse of `encodeClaims`. */
export function decodeClaims(keyName: string, payload: JsonObject): AblyJwt {
  const { iat, exp, ...rest } = payload;
  const known = Object.fromEntries(claims.flatMap((claim) => members(claim, rest)));
  const token = {
    keyName,
    issuedAt: new Date((iat as number) * 1000),
    expiresAt: new Date((exp as number) * 1000),
    ...known,
    claims: Object.fromEntries(Object.entries(rest).filter(([name]) => claimOf(name) === undefined)),
  } as Omit<AblyJwt, 'can'>;
  return { ...token, can: canFor(token.capability) };
}

/** The member of {@link AblyJwt} for a claim; none for a single claim that is absent. */
function members({ name, option, perPattern, decode }: Claim, payload: JsonObject): [string, unknown][] {
  if (perPattern !== undefined) return [[option, byPattern(payload, name)]];
  const value = payload[name];
  return value === undefined ? [] : [[option, decode === undefined ? value : decode(value)]];
}

function byPattern(payload: JsonObject, prefix: string): Record<string, JsonValue> {
  const found = Object.entries(payload).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

function canFor(capability: Capability | undefined): AblyJwt['can'] {
  return (operation, channel, keyCapability) => {
    const granted = effectiveCapability(capability, keyCapability);
    return granted === undefined || can(granted, operation, channel);
  };
}

/** What Ably grants: the token's capability narrowed to the key's; undefined if neither is known. */
function effectiveCapability(
  capability: Capability | undefined,
  keyCapability: Capability | undefined,
): Capability | undefined {
  if (keyCapability === undefined) return capability;
  if (capability === undefined) return keyCapability;
  try {
    return intersectCapabilities(keyCapability, capability);
  } catch {
    // What isn't a capability grants nothing.
    return {};
  }
}
