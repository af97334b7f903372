import { byId } from './dom.js';

/**
 * Shows the lines that run, as the server read them from its own files.
 *
 * @param {Record<'server' | 'client', { file: string, text: string }>} code
 */
export function showCode(code) {
  for (const side of /** @type {const} */ (['server', 'client'])) {
    byId(`${side}-file`).textContent = code[side].file;
    byId(`${side}-code`).textContent = code[side].text;
  }
}

const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[role="tab"]')]);

/** @param {HTMLElement} chosen */
function select(chosen) {
  for (const tab of tabs) {
    tab.setAttribute('aria-selected', String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    byId(tab.getAttribute('aria-controls')).hidden = tab !== chosen;
  }
}

for (const [n, tab] of tabs.entries()) {
  tab.onclick = () => select(tab);
  // The keys that screen readers announce for a tab list.
  tab.onkeydown = (event) => {
    const target = { ArrowRight: n + 1, ArrowLeft: n - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (target === undefined) return;
    const next = tabs[(target + tabs.length) % tabs.length];
    select(next);
    next.focus();
  };
}
