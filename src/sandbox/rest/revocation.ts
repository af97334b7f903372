import type { AppKey } from '../auth/apps.js';
import { parseRevocationTarget } from '../auth/revocations.js';
import { protocolError } from '../protocol/errors.js';
import { attempt, batchAnswer } from './batch.js';
import type { RestRequest, RestResponse } from './types.js';

const maxTargets = 100;
/** How far in the past `issuedBefore` may lie, in milliseconds: no revocable token is older. */
const maxAge = 3_600_000;

/** POST /keys/:keyName/revokeTokens */
export async function revokeTokens(request: RestRequest): Promise<RestResponse> {
  const { context, params, version } = request;
  if (request.credentials.token !== undefined) throw protocolError('BASIC_REQUIRED');
  const { identity } = await request.authenticate();
  const { key } = identity;
  if (key.name !== params.keyName) throw protocolError('OTHER_KEY');
  if (!key.revocableTokens) throw protocolError('NOT_REVOCABLE');
  const { targets, issuedBefore, allowReauthMargin } = readRevocation(
    await request.body(),
    context.clock.now(),
  );
  const results = targets.map((target) =>
    attempt({ target }, () => revokeOne(request, key, target, issuedBefore, allowReauthMargin)),
  );
  return batchAnswer(version, results);
}

function revokeOne(
  { context, connections }: RestRequest,
  key: AppKey,
  target: unknown,
  issuedBefore: number | undefined,
  withMargin: boolean,
): Record<string, unknown> {
  const parsed = parseRevocationTarget(target);
  if (parsed === undefined) {
    throw protocolError(
      'BAD_REQUEST',
      'bad request: a target is "clientId:…", "revocationKey:…" or "channel:…"',
    );
  }
  const revocation = context.revocations.add(key, ...parsed, issuedBefore, withMargin);
  connections.enforce(key.app, revocation);
  return { target, issuedBefore: revocation.issuedBefore, appliesAt: revocation.appliesAt };
}

function readRevocation(body: unknown, now: number) {
  const { targets, issuedBefore, allowReauthMargin = false } = (body ?? {}) as Record<string, unknown>;
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > maxTargets) {
    throw protocolError(
      'BODY_INVALID',
      `invalid request body: "targets" must be an array of 1 to ${maxTargets} targets`,
    );
  }
  if (typeof allowReauthMargin !== 'boolean') {
    throw protocolError('BODY_INVALID', 'invalid request body: "allowReauthMargin" must be true or false');
  }
  if (issuedBefore !== undefined && issuedBefore !== null) {
    if (typeof issuedBefore !== 'number' || !Number.isInteger(issuedBefore)) {
      throw protocolError(
        'BODY_INVALID',
        'invalid request body: "issuedBefore" must be a whole number of milliseconds',
      );
    }
    if (issuedBefore > now || issuedBefore < now - maxAge) {
      throw protocolError('PARAMETER_INVALID', 'invalid "issuedBefore": it must lie within the last hour');
    }
  }
  return {
    targets: targets as unknown[],
    issuedBefore: (issuedBefore ?? undefined) as number | undefined,
    allowReauthMargin,
  };
}
