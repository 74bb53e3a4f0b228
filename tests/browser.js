// What a reader of the page would complain of, measured in it.
const faults = [];
const view = window;
const root = document.documentElement;
const isSeen = element => element.checkVisibility() && element.getClientRects().length > 0;

const luminance = colour => {
  const [r, g, b] = colour.match(/[\d.]+/g).map(Number).slice(0, 3).map(channel => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = element => {
  for (; element; element = element.parentElement) {
    const colour = view.getComputedStyle(element).backgroundColor;
    if (!/, 0\)$|transparent/.test(colour)) return colour;
  }
  return 'rgb(255, 255, 255)';
};

// Elements that hold text themselves; inside pictures it has its own colours.
const texts = [...document.body.querySelectorAll('*')].filter(element =>
  !element.closest('svg, script, style, .spoken, .skip') && isSeen(element) &&
  [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
for (const element of texts) {
  const style = view.getComputedStyle(element);
  const [a, b] = [luminance(style.color), luminance(ground(element))].sort((x, y) => y - x);
  const contrast = (a + 0.05) / (b + 0.05);
  const said = `${element.tagName} "${element.textContent.trim().slice(0, 40)}"`;
  if (contrast < 4.5) faults.push(`${said}: contrast ${contrast.toFixed(1)}`);
  if (parseFloat(style.fontSize) < 10.5) faults.push(`${said}: ${style.fontSize}`);
}

// Nothing that is not a picture is cut off or has to be scrolled sideways.
for (const element of document.querySelectorAll('main, main *')) {
  if (element.closest('.picture, svg') || !isSeen(element) || element.matches('br, code, strong, span')) continue;
  if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) {
    const said = `${element.tagName} "${element.textContent.trim().slice(0, 40)}"`;
    faults.push(`${said}: ${element.scrollWidth} px in ${element.clientWidth}`);
  }
}
for (const cell of document.querySelectorAll('td, th')) {
  if (isSeen(cell) && cell.getBoundingClientRect().right > root.clientWidth) {
    faults.push(`cell "${cell.textContent.trim().slice(0, 40)}" is cut off`);
  }
}

const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
for (const id of new Set(ids)) {
  if (ids.filter(other => other === id).length > 1) faults.push(`id ${id} stands twice`);
}
const files = new Set();
for (const link of document.querySelectorAll('a[href], img[src]')) {
  const to = link.getAttribute('href') ?? link.getAttribute('src');
  if (/^[a-z]+:/.test(to)) {
    if (!to.startsWith('data:')) faults.push(`${to} leads away`);
  } else if (to.startsWith('#')) {
    if (!document.getElementById(decodeURIComponent(to.slice(1)))) faults.push(`${to} leads nowhere`);
  } else {
    files.add(to);
  }
}

// Headings in order, none without words.
let before = 0;
for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
  const level = Number(heading.tagName[1]);
  if (level > before + 1) faults.push(`h${level} "${heading.textContent}" after h${before}`);
  before = level;
}
if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');

// Everything that can be used has a name, and what is seen a text in its place.
for (const control of document.querySelectorAll('a, button, summary, [role="button"], [tabindex="0"]')) {
  const name = control.getAttribute('aria-label') ?? control.textContent.trim();
  if (!name) faults.push(`${control.outerHTML.slice(0, 80)} has no name`);
}
const pictures = [...document.querySelectorAll('figure .picture > svg, img')];
for (const picture of pictures) {
  const name = picture.getAttribute('aria-label') ?? picture.getAttribute('alt');
  if (!name) faults.push('a picture has no text in its place');
  const box = picture.getBoundingClientRect();
  const isLazy = picture.tagName === 'IMG' && !picture.complete;
  if (!isLazy && (box.width < 200 || box.height < 40)) faults.push(`a picture is ${box.width} x ${box.height}`);
}

// The lines of prose must not be long ones on wide screens.
const prose = [...document.querySelectorAll('main > p, figcaption')];
const widest = Math.max(0, ...prose.map(element =>
  element.getBoundingClientRect().width / parseFloat(view.getComputedStyle(element).fontSize)));
if (widest > 64) faults.push(`a line of prose is ${widest.toFixed(0)} em wide`);
if (root.scrollWidth > root.clientWidth) faults.push(`${root.scrollWidth - root.clientWidth} px too wide`);

return {
  faults,
  pictures: pictures.length,
  texts: texts.length,
  files: [...files],
  background: view.getComputedStyle(document.body).backgroundColor,
  fetched: view.performance.getEntriesByType('resource')
    .map(entry => entry.name).filter(name => !/^(data|file):/.test(name)),
};
