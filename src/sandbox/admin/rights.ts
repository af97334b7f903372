import { type Capability, parseCapability } from '../../capability/capability.js';
import { claims } from '../../jwt/claims.js';
import type { SandboxToken } from '../events.js';

const capabilityClaim = claims.find(({ option }) => option === 'capability')!.name;

/** What a token says that it grants, if that can be read. It isn't verified. */
export function claimedRights({ claims: held }: SandboxToken): { capability?: Capability } {
  try {
    return { capability: parseCapability(held?.[capabilityClaim] as string) };
  } catch {
    return {};
  }
}
