// What a page does beyond what it shows: tables that sort, contents that follow,
// commands that are copied. Everything is readable without it, and every control
// is made here.

/** An element with these properties and children. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Says something to whoever listens rather than looks. */
const spoken = make('p', { className: 'spoken', role: 'status' });
spoken.setAttribute('aria-live', 'polite');
document.body.append(spoken);
function say(text) {
  spoken.textContent = text;
}

// --- Tables ---

/** The number with which a cell begins, or null. */
function numberIn(text) {
  const found = text.replaceAll('\u2212', '-').replaceAll(',', '').match(/^[-+]?(\d+\.?\d*|\.\d+)/);
  return found ? Number(found[0]) : null;
}

/** Sorts the rows of a table by a column; the first time from above for numbers. */
function sort(table, column, button) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const key = row => row.cells[column]?.textContent.trim() ?? '';
  const rows = [...body.rows];
  const filled = rows.filter(row => key(row));
  const numeric = filled.length > 0 && filled.every(row => numberIn(key(row)) !== null);
  const before = heads[column].getAttribute('aria-sort');
  const descending = before ? before === 'ascending' : numeric;
  const compare = (a, b) => {
    // Empty cells stay below.
    if (!key(a) || !key(b)) return Number(!key(a)) - Number(!key(b));
    const order = numeric
      ? numberIn(key(a)) - numberIn(key(b))
      : key(a).localeCompare(key(b), 'en', { numeric: true });
    return descending ? -order : order;
  };
  body.append(...rows.sort(compare));
  for (const head of heads) head.removeAttribute('aria-sort');
  const direction = descending ? 'descending' : 'ascending';
  heads[column].setAttribute('aria-sort', direction);
  say(`Sorted by ${button.textContent}, ${direction}`);
}

for (const table of document.querySelectorAll('table')) {
  if (table.tBodies[0].rows.length < 2) continue;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const button = make('button', { type: 'button', className: 'sort' }, ...head.childNodes);
    button.addEventListener('click', () => sort(table, column, button));
    head.append(button);
  });
  table.classList.add('sortable');
}

// --- Contents ---

const menu = document.querySelector('.menu details');
menu?.addEventListener('click', event => {
  if (event.target.closest('a')) menu.open = false;
});
menu?.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  menu.open = false;
  menu.querySelector('summary').focus();
});

/** Marks the section that is read in the contents beside it. */
function follow() {
  const links = new Map();
  for (const link of document.querySelectorAll('.side a[href^="#"]')) {
    links.set(link.getAttribute('href').slice(1), link);
  }
  const heads = [...document.querySelectorAll('main [id]')].filter(head => links.has(head.id));
  let marked = null;
  const mark = () => {
    const passed = heads.filter(head => head.getBoundingClientRect().top < 120);
    const link = links.get(passed.at(-1)?.id);
    if (link === marked) return;
    marked?.removeAttribute('aria-current');
    link?.setAttribute('aria-current', 'true');
    marked = link;
  };
  let waits = false;
  addEventListener('scroll', () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      mark();
    });
  }, { passive: true });
  mark();
}
follow();

/** What a link leads to may be folded away. */
function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let part = target?.closest('details'); part; part = part.parentElement.closest('details')) {
    part.open = true;
  }
}
addEventListener('hashchange', unfold);
unfold();

// --- Commands to copy ---

for (const command of document.querySelectorAll('.command, pre code')) {
  const button = make('button', { type: 'button', className: 'copy' }, 'Copy');
  button.addEventListener('click', async () => {
    const text = command.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page from disk may not be allowed to: what is selected can be copied by hand.
      getSelection().selectAllChildren(command);
      document.execCommand('copy');
    }
    button.textContent = 'Copied';
    say('Copied');
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  command.after(button);
}

// --- Paper ---

// Nothing can be unfolded on paper.
let folded = [];
addEventListener('beforeprint', () => {
  folded = [...document.querySelectorAll('main details:not([open])')];
  for (const part of folded) part.open = true;
});
addEventListener('afterprint', () => {
  for (const part of folded) part.open = false;
});
