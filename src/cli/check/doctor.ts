import { setTimeout as delay } from 'node:timers/promises';
import type { AblyKey } from '../../index.js';
import { quoted } from '../../util/text.js';
import type { Reported } from '../findings.js';
import { type Given, readAnswer } from './answer.js';
import { judgeAnyOrigin, judgeOrigin } from './cors.js';
import { type Grant, judgeGrant, readGrant } from './grant.js';
import { judgeHeaders, judgeUrl } from './headers.js';
import { type Answer, ask, type Question, type Silence } from './request.js';
import { finding } from './rules.js';
import { judgeRefusal, judgeSilence } from './stranger.js';

/** The endpoint to be examined, and what may be sent to it. */
export interface Patient {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  /** The headers of a logged-in user. */
  readonly session?: SessionHeaders | undefined;
  /** The headers of another one. */
  readonly other?: SessionHeaders | undefined;
  /** The origin of a page that calls the endpoint. */
  readonly origin?: string | undefined;
  /** The key that should have signed the token. */
  readonly key?: AblyKey | undefined;
}

/** What was found out. */
export interface Diagnosis {
  readonly findings: readonly Reported[];
  /** What the endpoint gave to the user, or to anybody where no session was given. */
  readonly given?: Given;
}

type SessionHeaders = Readonly<Record<string, string>>;
type Ask = (question: Partial<Question>) => Promise<Answer | Silence>;

/** A first answer with its token, for the later ones to be compared with. */
interface Baseline {
  readonly answer: Answer;
  readonly given: Given;
  readonly grant: Grant;
  readonly findings: readonly Reported[];
  /** When it had arrived, as `performance.now()` has it: the token was signed before. */
  readonly arrived: number;
}

/** Asks the endpoint as strangers, users and attackers do, and says what is wrong with its answers. */
export async function examine(patient: Patient): Promise<Diagnosis> {
  const { url, method, session } = patient;
  const asker: Ask = (question) => ask({ url, method, ...question });
  const urlFindings = judgeUrl(url);

  const stranger = await asker({});
  if ('silence' in stranger) return { findings: [...urlFindings, ...judgeSilence(stranger)] };
  const anonymous = baselineOf(stranger);
  const strangers = [
    ...urlFindings,
    ...(anonymous === undefined ? judgeRefusal('without a session', stranger) : []),
  ];
  // The server has no endpoint at this URL: every later check would report the same.
  if (strangers.some(({ code }) => code === 'URL_NOT_FOUND')) return { findings: strangers };

  if (session === undefined) {
    if (anonymous === undefined) return { findings: strangers };
    const found = await examineToken(patient, asker, anonymous, {});
    const open = finding('ANONYMOUS_TOKEN', 'The endpoint gives a token to a request without a session.');
    return { findings: [...strangers, open, ...found], given: anonymous.given };
  }

  const answer = await asker({ headers: session });
  if ('silence' in answer) return { findings: [...strangers, ...judgeSilence(answer)] };
  const user = baselineOf(answer);
  if (user === undefined) return { findings: [...strangers, ...judgeNoToken(answer)] };
  const findings = [
    ...strangers,
    ...(anonymous === undefined ? [] : [judgeAnonymous(anonymous, user)]),
    ...(await examineToken(patient, asker, user, session)),
  ];
  return { findings, given: user.given };
}

/** Reads an answer that brings a token; undefined for any other. */
function baselineOf(answer: Answer): Baseline | undefined {
  if (answer.status < 200 || answer.status >= 300) return undefined;
  const { given, findings } = readAnswer(answer);
  return given && { answer, given, grant: readGrant(given), findings, arrived: performance.now() };
}

/** Why an answer to a user brings no token. */
function judgeNoToken(answer: Answer): Reported[] {
  if (answer.status >= 200 && answer.status < 300) return [...readAnswer(answer).findings];
  const refused = finding('SESSION_REFUSED', `The answer with the session has the status ${answer.status}.`);
  // A redirect, a page or a broken server is more than a refusal.
  const why = judgeRefusal('with the session', answer).filter(({ code }) =>
    ['REDIRECT', 'HTML_PAGE', 'SERVER_ERROR'].includes(code),
  );
  return why.length === 0 ? [refused] : why;
}

function judgeAnonymous(anonymous: Baseline, user: Baseline): Reported {
  const { clientId, readable } = anonymous.grant;
  return readable && clientId !== undefined && clientId === user.grant.clientId
    ? finding(
        'SESSION_IGNORED',
        `The answer without a session contains a token for the same user, ${quoted(clientId)}.`,
      )
    : finding('ANONYMOUS_TOKEN', 'The endpoint also gives a token to a request without a session.');
}

/** What one token shows; what parameters, pages of other origins, a second call and another user make of it. */
async function examineToken(
  patient: Patient,
  asker: Ask,
  baseline: Baseline,
  headers: SessionHeaders,
): Promise<Reported[]> {
  const { url, method, origin, key, session } = patient;
  const { answer, given, grant, findings } = baseline;
  const nameless = session !== undefined && grant.readable && grant.clientId === undefined;
  return [
    ...findings,
    ...judgeHeaders(answer, method),
    ...(await judgeGrant(given, grant, key)),
    ...(nameless ? [finding('CLIENT_ID_MISSING', 'The token of a logged-in user has no clientId.')] : []),
    ...(await judgeParameters(asker, grant, headers)),
    ...(origin === undefined ? [] : await judgeOrigin({ url, method }, origin, headers)),
    ...(await judgeAnyOrigin({ url, method }, headers)),
    ...(await examineAgain(patient, asker, baseline, headers)),
  ];
}

const probeId = 'ably-jwt-check';

/** Parameters that Ably's clients send, and that mustn't decide anything. */
async function judgeParameters(asker: Ask, grant: Grant, headers: SessionHeaders): Promise<Reported[]> {
  if (!grant.readable) return [];
  const grantFor = async (params: Record<string, string>, as = headers) => {
    const answer = await asker({ headers: as, params });
    const asked = 'silence' in answer ? undefined : baselineOf(answer)?.grant;
    return asked?.readable ? asked : undefined;
  };
  const named = await grantFor({ clientId: probeId });
  const stranger = Object.keys(headers).length === 0 ? named : await grantFor({ clientId: probeId }, {});
  const wide = await grantFor({ capability: '{"*":["*"]}' });
  const long = await grantFor({ ttl: '120000' });
  const found: Reported[] = [];
  if (named?.clientId === probeId || stranger?.clientId === probeId)
    found.push(
      finding(
        'CLIENT_ID_FROM_REQUEST',
        `With "clientId=${probeId}" in the request, the token is for that clientId.`,
      ),
    );
  if (wide !== undefined && wide.capability !== grant.capability)
    found.push(
      finding(
        'CAPABILITY_FROM_REQUEST',
        'With a "capability" in the request, the token grants something else.',
      ),
    );
  if (long !== undefined && Math.abs(lifetimeMs(long) - lifetimeMs(grant)) > 2000)
    found.push(finding('TTL_FROM_REQUEST', 'With a "ttl" in the request, the token has another lifetime.'));
  return found;
}

function lifetimeMs({ issuedAt, expiresAt }: Grant): number {
  return issuedAt === undefined || expiresAt === undefined ? 0 : expiresAt.getTime() - issuedAt.getTime();
}

/** Compares a second token of the same user, and one of another user. */
async function examineAgain(
  { other }: Patient,
  asker: Ask,
  { grant, arrived }: Baseline,
  headers: SessionHeaders,
): Promise<Reported[]> {
  const grantOf = async (as: SessionHeaders) => {
    const answer = await asker({ headers: as });
    return 'silence' in answer ? undefined : baselineOf(answer)?.grant;
  };
  const laterGrantOf = async (as: SessionHeaders) => {
    const asked = await grantOf(as);
    if (asked?.text !== grant.text) return asked;
    // Signed in the same second, two tokens with the same claims are the same text.
    await delay(Math.max(0, 1100 - (performance.now() - arrived)));
    return grantOf(as);
  };
  const again = await laterGrantOf(headers);
  return [
    ...(again === undefined ? [] : judgeAgain(grant, again)),
    ...(other === undefined ? [] : judgeOther(grant, await laterGrantOf(other))),
  ];
}

function judgeAgain(grant: Grant, again: Grant): Reported[] {
  // A text that is no token may well be the same each time.
  if (!(grant.readable && again.readable)) return [];
  if (again.text === grant.text)
    return [finding('TOKEN_REUSED', 'Two calls, a second apart, got the very same token.')];
  return again.clientId !== grant.clientId
    ? [finding('CLIENT_ID_CHANGES', 'Two calls of the same user got two different clientIds.')]
    : [];
}

function judgeOther(grant: Grant, theirs: Grant | undefined): Reported[] {
  if (theirs === undefined)
    return [finding('SESSION_REFUSED', 'The answer with the other session contains no token.')];
  if (theirs.text === grant.text) return [finding('TOKEN_SHARED', 'Two users got the very same token.')];
  return theirs.clientId !== undefined && theirs.clientId === grant.clientId
    ? [finding('CLIENT_ID_SHARED', `Two users got the same clientId, ${quoted(theirs.clientId)}.`)]
    : [];
}
