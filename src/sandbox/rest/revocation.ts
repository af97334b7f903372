import type { AppKey } from '../auth/apps.js';
import { parseTarget } from '../auth/revocations.js';
import { enforce } from '../controls.js';
import { refusal } from '../protocol/errors.js';
import { attempt, batchAnswer } from './batch.js';
import type { RestRequest, RestResponse } from './server.js';

const maxTargets = 100;
/** How far in the past `issuedBefore` may lie, in milliseconds: no revocable token is older. */
const maxAge = 3_600_000;

/** POST /keys/:keyName/revokeTokens */
export async function revokeTokens(request: RestRequest): Promise<RestResponse> {
  const { world, params, version } = request;
  if (request.credentials.token !== undefined) throw refusal('BASIC_REQUIRED');
  const { identity } = await request.authenticate();
  const { key } = identity;
  if (key.name !== params.keyName) throw refusal('OTHER_KEY');
  if (!key.revocableTokens) throw refusal('NOT_REVOCABLE');
  const { targets, issuedBefore, allowReauthMargin } = readBody(request.body, world.clock.now());
  const results = targets.map((target) =>
    attempt({ target }, () => revokeOne(request, key, target, issuedBefore, allowReauthMargin)),
  );
  return batchAnswer(version, results);
}

function revokeOne(
  { world }: RestRequest,
  key: AppKey,
  target: unknown,
  issuedBefore: number | undefined,
  withMargin: boolean,
): Record<string, unknown> {
  const parsed = parseTarget(target);
  if (parsed === undefined) {
    throw refusal('BAD_REQUEST', 'bad request: a target is "clientId:…", "revocationKey:…" or "channel:…"');
  }
  const revocation = world.revocations.add(key, ...parsed, issuedBefore, withMargin);
  enforce(world, key.app, revocation);
  return { target, issuedBefore: revocation.issuedBefore, appliesAt: revocation.appliesAt };
}

function readBody(body: unknown, now: number) {
  const { targets, issuedBefore, allowReauthMargin = false } = (body ?? {}) as Record<string, unknown>;
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > maxTargets) {
    throw refusal(
      'BODY_INVALID',
      `invalid request body: "targets" must be an array of 1 to ${maxTargets} targets`,
    );
  }
  if (typeof allowReauthMargin !== 'boolean') {
    throw refusal('BODY_INVALID', 'invalid request body: "allowReauthMargin" must be true or false');
  }
  if (issuedBefore !== undefined && issuedBefore !== null) {
    if (typeof issuedBefore !== 'number' || !Number.isInteger(issuedBefore)) {
      throw refusal(
        'BODY_INVALID',
        'invalid request body: "issuedBefore" must be a whole number of milliseconds',
      );
    }
    if (issuedBefore > now || issuedBefore < now - maxAge) {
      throw refusal('PARAMETER_INVALID', 'invalid "issuedBefore": it must lie within the last hour');
    }
  }
  return {
    targets: targets as unknown[],
    issuedBefore: (issuedBefore ?? undefined) as number | undefined,
    allowReauthMargin,
  };
}
