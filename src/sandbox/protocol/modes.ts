import { type Capability, can } from '../../capability/capability.js';
import type { Operation } from '../../capability/operation.js';

/** What an attachment may do, as a bit of `flags` (Ably spec TR3), with the operations of which one must be granted. */
interface Mode {
  readonly name: string;
  readonly bit: number;
  readonly operations: readonly Operation[];
}

const modes: readonly Mode[] = [
  { name: 'presence', bit: 1 << 16, operations: ['presence'] },
  { name: 'publish', bit: 1 << 17, operations: ['publish'] },
  { name: 'subscribe', bit: 1 << 18, operations: ['subscribe'] },
  { name: 'presence_subscribe', bit: 1 << 19, operations: ['subscribe'] },
  { name: 'annotation_publish', bit: 1 << 21, operations: ['annotation-publish'] },
  { name: 'annotation_subscribe', bit: 1 << 22, operations: ['annotation-subscribe'] },
  { name: 'object_subscribe', bit: 1 << 24, operations: ['object-subscribe', 'subscribe'] },
  { name: 'object_publish', bit: 1 << 25, operations: ['object-publish'] },
];

const bit = (name: string) => modes.find((mode) => mode.name === name)!.bit;

/** The bits that the server asks for by name. */
export const ModeBit = {
  PRESENCE: bit('presence'),
  PUBLISH: bit('publish'),
  SUBSCRIBE: bit('subscribe'),
  PRESENCE_SUBSCRIBE: bit('presence_subscribe'),
  ANNOTATION_PUBLISH: bit('annotation_publish'),
  ANNOTATION_SUBSCRIBE: bit('annotation_subscribe'),
} as const;

const allModes = modes.reduce((bits, mode) => bits | mode.bit, 0);

/** What an ATTACH asks for that names no mode. */
const defaultModes =
  ModeBit.PRESENCE |
  ModeBit.PUBLISH |
  ModeBit.SUBSCRIBE |
  ModeBit.PRESENCE_SUBSCRIBE |
  ModeBit.ANNOTATION_PUBLISH;

/** The modes that an ATTACH asks for: by `params.modes`, else by its flags, else the usual ones. */
export function requestedModes(flags: number, modesParam: string | undefined): number {
  if (modesParam !== undefined) {
    const names = modesParam.split(',').map((name) => name.trim().toLowerCase());
    return modes.reduce((bits, mode) => (names.includes(mode.name) ? bits | mode.bit : bits), 0);
  }
  const requested = flags & allModes;
  return requested === 0 ? defaultModes : requested;
}

/** The modes among `requested` that a capability permits on a channel. */
export function permittedModes(capability: Capability, channel: string, requested: number): number {
  let granted = 0;
  for (const mode of modes) {
    if ((requested & mode.bit) === 0) continue;
    if (mode.operations.some((operation) => can(capability, operation, channel))) granted |= mode.bit;
  }
  return granted;
}

/** The names of modes, as `params.modes` writes them. */
export function modeNames(bits: number): string {
  return modes
    .filter((mode) => (bits & mode.bit) !== 0)
    .map((mode) => mode.name)
    .join(',');
}
