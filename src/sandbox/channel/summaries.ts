import { getOrMake } from '../../util/maps.js';
import type { WireAnnotation } from '../protocol/protocol.js';

/** What deletes an annotation instead of adding one. */
const deleteAction = 1;

/** How many annotations a name has, and whose they are. */
interface Tally {
  readonly total: number;
  readonly clientIds: Map<string, number>;
}

type Tallies = Map<string, Tally>;

/** What each way to summarize makes of the annotations of one type. */
const methods: Readonly<Record<string, (annotations: readonly WireAnnotation[]) => object>> = {
  'total.v1': (annotations) => ({
    total: annotations.filter(({ action }) => action !== deleteAction).length,
  }),
  'flag.v1': (annotations) => byClient(tally(annotations, () => '', 'once').get('')),
  'distinct.v1': (annotations) => mapped(tally(annotations, nameOf, 'once'), byClient),
  'unique.v1': (annotations) => mapped(tally(latestOfEach(annotations), nameOf, 'once'), byClient),
  'multiple.v1': (annotations) => mapped(tally(annotations, nameOf, 'counted'), byCount),
};

/**
 * The summaries of a message's annotations by their type, `reaction:distinct.v1`, whose end says how they are
 * summarized. {@link https://ably.com/docs/messages/annotations#annotation-types}
 *
 * @param annotations - of one message, oldest first
 */
export function summarize(annotations: readonly WireAnnotation[]): Record<string, object> {
  const byType = new Map<string, WireAnnotation[]>();
  for (const annotation of annotations) getOrMake(byType, annotation.type ?? '', () => []).push(annotation);
  const summaries: Record<string, object> = {};
  for (const [type, list] of byType) {
    const method = type.slice(type.lastIndexOf(':') + 1);
    if (Object.hasOwn(methods, method)) summaries[type] = methods[method]!(list);
  }
  return summaries;
}

const nameOf = ({ name = '' }: WireAnnotation) => name;

/** Counts annotations by name; `once` counts one for each client, `counted` adds up their `count`. */
function tally(
  annotations: readonly WireAnnotation[],
  keyOf: (annotation: WireAnnotation) => string,
  how: 'once' | 'counted',
): Tallies {
  const counts = new Map<string, Map<string, number>>();
  for (const annotation of annotations) {
    const { action, clientId = '', count = 1 } = annotation;
    const clientIds = getOrMake(counts, keyOf(annotation), () => new Map<string, number>());
    if (action === deleteAction) clientIds.delete(clientId);
    else clientIds.set(clientId, how === 'once' ? 1 : (clientIds.get(clientId) ?? 0) + count);
  }
  const tallies: Tallies = new Map();
  for (const [key, clientIds] of counts) {
    const total = [...clientIds.values()].reduce((sum, each) => sum + each, 0);
    if (total > 0) tallies.set(key, { total, clientIds });
  }
  return tallies;
}

/** The annotations as if each client had only its latest: a new one takes the place of the one before. */
function latestOfEach(annotations: readonly WireAnnotation[]): WireAnnotation[] {
  const latest = new Map<string, WireAnnotation>();
  for (const annotation of annotations) {
    const { action, clientId = '' } = annotation;
    latest.delete(clientId);
    if (action !== deleteAction) latest.set(clientId, annotation);
  }
  return [...latest.values()];
}

function mapped(tallies: Tallies, show: (tally: Tally) => object): object {
  return Object.fromEntries(Array.from(tallies, ([name, each]) => [name, show(each)]));
}

function byClient(tally: Tally | undefined): object {
  return { total: tally?.total ?? 0, clientIds: [...(tally?.clientIds.keys() ?? [])], clipped: false };
}

function byCount({ total, clientIds }: Tally): object {
  const identified = [...clientIds].filter(([clientId]) => clientId !== '');
  return {
    total,
    clientIds: Object.fromEntries(identified),
    totalUnidentified: clientIds.get('') ?? 0,
    clipped: false,
    totalClientIds: identified.length,
  };
}
