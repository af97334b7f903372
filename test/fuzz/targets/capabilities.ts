import { type Capability, isAblyJwtError, type Operation } from 'ably-jwt';
import { AlgebraModel } from '../support/algebra-model.js';
import { oddPieces, type Random } from '../support/random.js';
import { readStrictJson } from '../support/strict-json.js';
import { isCapability } from '../support/strict-verifier.js';
import { check, type Package, type Target } from '../support/target.js';

const operations = ['publish', 'subscribe', 'history', '*', 'presence', 'teleport', ''];

function capability(random: Random): Record<string, string[]> {
  const resource = () =>
    random.choose(
      () => random.text(['a', 'b', '*', ':', ':', '[meta]', '[*]', '::$chat'], 5),
      () => random.text(oddPieces, 3),
    );
  return Object.fromEntries(
    random.list(4, () => [
      resource(),
      random.chance(0.2) ? ['*'] : random.list(4, () => random.pick(operations)),
    ]),
  );
}

function text(random: Random): string {
  const whole = JSON.stringify(capability(random));
  return random.choose(
    () => whole,
    () => random.mutate(whole),
    () =>
      random.mutate(whole, [
        '"a":["*"],',
        '"a":["publish"],',
        '\\u0061',
        '[]',
        ',',
        '"',
        '\\ud800',
        '1e999',
        '{"a":',
      ]),
    () => random.text(['{', '}', '[', ']', ':', ',', '"a"', '"*"', '"publish"', ' ', '1', 'null'], 10),
  );
}

/** The canonical text, written from the JSON that a strict parser read. */
function canonical(json: string): string {
  const map = readStrictJson(json) as Map<string, string[]>;
  const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const list = (granted: string[]) => JSON.stringify([...new Set(granted)].sort());
  return `{${entries.map(([resource, granted]) => `${JSON.stringify(resource)}:${list(granted)}`).join(',')}}`;
}

function tryText(tried: Package, random: Random): string {
  const { parseCapability, stringifyCapability, can, intersectCapabilities, mergeCapabilities } = tried;
  const json = text(random);
  let parsed: Capability;
  try {
    parsed = parseCapability(json);
  } catch (error) {
    if (!isAblyJwtError(error, 'CAPABILITY_INVALID')) throw error;
    check(!isCapability(json), 'A good capability was refused.', json, error.message);
    return 'refused';
  }
  check(isCapability(json), 'A capability was accepted that Ably refuses.', json);
  const written = stringifyCapability(parsed);
  check(written === canonical(json), 'The canonical text is another.', json, written);
  check(stringifyCapability(parseCapability(written)) === written, 'Not stable.', json);
  const everything: Capability = { '[*]*': ['*'] };
  // The same rights, though an empty resource is gone.
  for (const [resource, granted] of Object.entries(parsed)) {
    if (/\*|^$|]$/.test(resource)) continue;
    for (const same of [intersectCapabilities(parsed, everything), mergeCapabilities(parsed, parsed)])
      check(can(same, granted[0] as Operation, resource), 'A right was lost.', json, resource);
  }
  return 'accepted';
}

export const capabilities: Target = {
  name: 'capabilities',
  start: (tried) => ({ tryInput: (random) => tryText(tried, random) }),
};

/** The algebra against the model of sets, for capabilities of several resources. */
export const algebra: Target = {
  name: 'algebra',
  start() {
    const model = new AlgebraModel({
      letters: ['a', '', '$c'],
      qualifiers: ['', '[*]'],
      segments: 2,
    });
    return {
      tryInput(random) {
        model.checkPair(model.some(random, 5), model.some(random, 5));
        // Few capabilities come twice.
        model.forget();
        return 'agreed';
      },
    };
  },
};
