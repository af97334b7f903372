/** @param {string} id */
export const byId = (id) => document.getElementById(id);

/**
 * An element with text. Text only: what comes from a token or another user can't become markup.
 *
 * @param {string} name
 * @param {string | (string | Node)[]} [content]
 * @param {Record<string, string>} [attributes]
 */
export function element(name, content = '', attributes = {}) {
  const made = document.createElement(name);
  made.append(...(typeof content === 'string' ? [content] : content));
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
