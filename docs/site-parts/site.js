/** Search: the sections of the guides that hold all words, above TypeDoc's own results, which are names of the reference. */
const base = document.documentElement.dataset.base ?? './';
const input = document.getElementById('tsd-search-input');
const reference = document.getElementById('tsd-search-results');

if (input !== null && reference !== null) {
  const list = document.createElement('ul');
  list.id = 'guide-results';
  list.setAttribute('aria-label', 'Guides');
  reference.before(list);

  let sections;
  const load = () => {
    sections ??= fetch(`${base}assets/guides.json`).then((response) => response.json());
    return sections;
  };

  input.addEventListener('focus', load);
  input.addEventListener('input', async () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length === 0 ? [] : best(await load(), words);
    list.replaceChildren(...found.map((section) => item(section, words)));
  });
  // TypeDoc opens what the arrow keys have chosen; without a choice, Enter opens the first guide.
  input.addEventListener(
    'keydown',
    (event) => {
      const first = list.querySelector('a');
      if (
        event.key !== 'Enter' ||
        first === null ||
        reference.querySelector('[aria-selected="true"]') !== null
      )
        return;
      event.preventDefault();
      event.stopImmediatePropagation();
      first.click();
    },
    true,
  );
}

/** The five best sections, at most two of a page. */
function best(sections, words) {
  const perPage = new Map();
  return sections
    .map((section) => ({ section, score: scoreOf(section, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .filter(({ section: { title } }) => {
      perPage.set(title, (perPage.get(title) ?? 0) + 1);
      return perPage.get(title) <= 2;
    })
    .slice(0, 5)
    .map(({ section }) => section);
}

/** A word in a heading counts more than in the text; a whole word more than a part of one. 0 when one is missing. */
function scoreOf({ title, heading, text }, words) {
  let score = 0;
  for (const word of words) {
    const inTitle = weight(title, word) * 30;
    const inHeading = weight(heading, word) * 40;
    const inText = Math.min(5, weight(text, word)) * (1 + 400 / (400 + text.length));
    if (inTitle + inHeading + inText === 0) return 0;
    score += inTitle + inHeading + inText;
  }
  return score;
}

function weight(text, word) {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const whole = text.match(new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`, 'gi'))?.length ?? 0;
  // A number is meant as it is: 401 is not the beginning of 40142.
  return whole * 2 + (!/^\d+$/.test(word) && text.toLowerCase().includes(word) ? 1 : 0);
}

function item({ url, title, heading, text }, words) {
  const link = document.createElement('a');
  link.href = base + url;
  const name = document.createElement('strong');
  name.append(...marked(heading === '' ? title : `${title}: ${heading}`, words));
  const excerpt = document.createElement('span');
  excerpt.append(...marked(cut(text, words), words));
  link.append(name, excerpt);
  const entry = document.createElement('li');
  entry.append(link);
  return entry;
}

/** The text around the first word that occurs. */
function cut(text, words) {
  const places = words.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0);
  const start = Math.max(0, Math.min(...places, text.length) - 60);
  const from = start === 0 ? 0 : text.indexOf(' ', start) + 1;
  return `${from > 0 ? '… ' : ''}${text.slice(from, from + 160)}${from + 160 < text.length ? ' …' : ''}`;
}

function marked(text, words) {
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return text.split(new RegExp(`(${escaped.join('|')})`, 'i')).map((part, n) => {
    if (n % 2 === 0) return part;
    const mark = document.createElement('mark');
    mark.textContent = part;
    return mark;
  });
}

// The groups of the navigation are open until the reader closes one. TypeDoc draws them when its own script has loaded.
const navigation = document.getElementById('tsd-nav-container');
if (navigation !== null) {
  new MutationObserver((_, observer) => {
    const groups = navigation.querySelectorAll(':scope > li > details');
    if (groups.length === 0) return;
    observer.disconnect();
    for (const group of groups)
      if (!/Reference|Project/.test(group.querySelector('summary').textContent)) group.open = true;
  }).observe(navigation, { childList: true, subtree: true });
}
