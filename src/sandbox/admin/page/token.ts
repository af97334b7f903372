/** A module of the page. A token, its findings, and what it may do. */
export const tokenModule = `
import { byId, element, post, timeText } from './base.js';

let rights;

export function showToken({ title, note, header, claims, verdict, error, findings = [], capability }) {
  byId('token-title').textContent = title;
  byId('token-note').textContent = note === undefined ? '' : note;
  byId('token-note').hidden = note === undefined;
  byId('token').hidden = false;
  byId('verdict').hidden = verdict === undefined;
  byId('verdict').dataset.verdict = verdict;
  byId('verdict').textContent =
    verdict === 'refused'
      ? 'Refused' + (error === undefined ? '' : ' with ' + (explained(findings) ? error.code : error.code + ': ' + error.message))
      : verdict === 'accepted' ? 'Accepted' : 'Not checked: the request needs no credentials';
  byId('findings').replaceChildren(...findings.map(findingItem));
  byId('jwt-header').hidden = header === undefined;
  byId('jwt-header').textContent = header === undefined ? '' : JSON.stringify(header);
  byId('claims').hidden = claims === undefined;
  byId('claims').replaceChildren(...Object.entries(claims === undefined ? {} : claims).map(claimItem));
  const signed = findings.every((finding) => !unsigned.has(finding.code));
  byId('signature').hidden = header === undefined;
  byId('signature').textContent =
    verdict === 'accepted' ? 'signature: checked' : signed ? 'signature: never shown' : 'signature: wrong, or not checked';
  byId('signature').classList.toggle('bad', !signed);
  rights = capability;
  const entries = Object.entries(capability === undefined ? {} : capability);
  byId('capability').replaceChildren(...entries.map(([resource, operations]) =>
    element('li', [element('code', resource), element('div', operations.map((operation) => element('span', operation)))])));
  for (const id of ['capability', 'rights-title', 'can']) byId(id).hidden = capability === undefined;
  byId('can-answer').textContent = '';
}

/** Whether findings say why a token is refused: then the error need not say it too. */
export const explained = (findings) => findings.some((finding) => finding.severity === 'error');

const unsigned = new Set(['SIGNATURE_INVALID', 'ALG_NOT_ALLOWED', 'KEY_UNKNOWN', 'APP_UNKNOWN', 'TOKEN_MALFORMED']);

export function findingItem({ severity, code, message, hint }) {
  const parts = [element('strong', code), ' ', element('span', message)];
  if (hint !== undefined) parts.push(element('p', hint, { class: 'hint' }));
  return element('li', parts, { 'data-severity': severity });
}

function claimItem([name, value]) {
  const isTime = (name === 'iat' || name === 'exp' || name === 'nbf') && typeof value === 'number';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const time = isTime ? ' (' + timeText(value * 1000) + ')' : '';
  return element('div', [element('dt', [element('code', name)]), element('dd', text + time)]);
}

byId('can').addEventListener('submit', async (event) => {
  event.preventDefault();
  const output = byId('can-answer');
  try {
    const { allowed } = await post('can', {
      capability: rights,
      operation: byId('can-operation').value,
      channel: byId('can-channel').value,
    });
    output.textContent = allowed ? 'Yes' : 'No';
    output.dataset.allowed = String(allowed);
  } catch (error) {
    output.textContent = error.message;
    output.dataset.allowed = 'false';
  }
});
`;
