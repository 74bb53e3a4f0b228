// Figures that can be asked: values under the pointer or by arrow keys, variants that
// are hidden and shown, a range of x that is zoomed, and what is seen saved.
//
// A figure is an svg with `g.panel[data-panel]` (in it `g.axis.x` and `g.marks`),
// `g.series[data-series]` and `g.key[data-series]`, and the JSON of its data beside it.

const SVG = 'http://www.w3.org/2000/svg';

function draw(tag, attributes, parent) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent?.append(element);
  return element;
}

const isNumber = value => typeof value === 'number' && Number.isFinite(value);

/** A number as the figures write it. */
function shown(value, as) {
  if (!isNumber(value)) return '–';
  const sign = value < 0 ? '\u2212' : '';
  const size = Math.abs(value);
  const round = (number, digits) => String(Number(number.toPrecision(digits)));
  if (as === 'percent') return `${sign}${round(100 * size, 4)}%`;
  if (as === 'steps') return sign + Math.round(size).toLocaleString('en-US');
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) {
    return sign + size.toExponential(2).replace('e+', 'e').replace('-', '\u2212');
  }
  return sign + Number(size.toPrecision(5)).toLocaleString('en-US', { maximumFractionDigits: 8 });
}

/** A number beside an axis. */
function tick(value, as) {
  if (as === 'steps' && Math.abs(value) >= 1e6) return `${shown(value / 1e6)}M`;
  if (as === 'steps' && Math.abs(value) >= 1e3) return `${shown(value / 1e3)}k`;
  return shown(value, as);
}

/** Round numbers between two ends. */
function ticks(low, high, isLog) {
  const found = [];
  if (isLog && high / low > 8) {
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
      found.push(10 ** power);
    }
    return found.filter(value => value >= low && value <= high);
  }
  const raw = (high - low) / 4;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(times => times * size).find(each => each >= raw * 0.8);
  for (let at = Math.ceil(low / step); at * step <= high; at += 1) {
    found.push(Number((at * step).toPrecision(12)));
  }
  return found;
}

/** The name of the row at y, of an axis that has rows instead of numbers. */
function rowName(axis, y) {
  return axis.rows?.[Math.floor(y)];
}

/** Where a value lies between two ends: 0 at the low one, 1 at the high one. */
function share(value, low, high, isLog) {
  if (isLog) return Math.log(value / low) / Math.log(high / low);
  return (value - low) / (high - low);
}

/** The value that lies there. */
function valueAt(part, low, high, isLog) {
  return isLog ? low * (high / low) ** part : low + part * (high - low);
}

class Panel {
  constructor(figure, data, number) {
    Object.assign(this, data, { figure, number });
    this.group = figure.svg.querySelector(`g.panel[data-panel="${number}"]`);
    this.marks = this.group?.querySelector('g.marks');
    this.axis = this.group?.querySelector('g.axis.x');
    [this.left, this.top, this.right, this.bottom] = data.frame;
    this.low = data.x.low;
    this.high = data.x.high;
    this.zooms = Boolean(this.marks) && isNumber(data.x.low) && isNumber(data.x.high);
  }

  get isZoomed() {
    return this.low !== this.x.low || this.high !== this.x.high;
  }

  holds({ x, y }) {
    return x >= this.left && x <= this.right && y >= this.top && y <= this.bottom;
  }

  /** Where a point is drawn; null outside the frame. */
  place([x, y]) {
    if (!isNumber(x) || !isNumber(y)) return null;
    const across = share(x, this.low, this.high, this.x.log);
    const up = share(y, this.y.low, this.y.high, this.y.log);
    if (!(across >= -0.001 && across <= 1.001) || Number.isNaN(up)) return null;
    return {
      x: this.left + across * (this.right - this.left),
      y: Math.min(this.bottom, Math.max(this.top, this.bottom - up * (this.bottom - this.top))),
    };
  }

  /** The value of x at a place. */
  valueAt(x) {
    const part = (x - this.left) / (this.right - this.left);
    return valueAt(part, this.low, this.high, this.x.log);
  }

  /** The name of the row at y; none where there are no rows. */
  row(y) {
    return rowName(this.y, y);
  }

  /** Shows this range of x. */
  zoom(low, high) {
    if (!this.zooms || !(high > low)) return;
    const part = value => share(value, this.x.low, this.x.high, this.x.log);
    // Never wider than what was drawn, nor so narrow that nothing is left.
    this.low = Math.max(this.x.low, low);
    this.high = Math.min(this.x.high, high);
    if (part(this.high) - part(this.low) < 1e-4) return this.reset();
    const scale = 1 / (part(this.high) - part(this.low));
    const width = this.right - this.left;
    const from = this.left + part(this.low) * width;
    this.clip();
    this.marks.setAttribute('transform', `matrix(${scale} 0 0 1 ${this.left - scale * from} 0)`);
    for (const mark of this.marks.querySelectorAll('circle')) {
      const x = Number(mark.getAttribute('cx'));
      mark.setAttribute('transform', `matrix(${1 / scale} 0 0 1 ${x - x / scale} 0)`);
    }
    this.keepStrokes();
    this.drawAxis();
  }

  /** Lines stay as wide as they were, and dashes as long, however far it is zoomed. */
  keepStrokes() {
    const scale = this.figure.svg.getScreenCTM().a;
    const inPixels = text => text.replace(/[\d.]+/g, number => Number(number) * scale);
    this.strokes ??= [...this.marks.querySelectorAll('path, line, polyline, polygon, rect, circle')]
      .map(mark => {
        const { strokeWidth, strokeDasharray } = getComputedStyle(mark);
        return { mark, width: strokeWidth, dashes: strokeDasharray };
      });
    for (const { mark, width, dashes } of this.strokes) {
      mark.style.vectorEffect = 'non-scaling-stroke';
      mark.style.strokeWidth = inPixels(width);
      if (dashes !== 'none') mark.style.strokeDasharray = inPixels(dashes);
    }
  }

  reset() {
    this.low = this.x.low;
    this.high = this.x.high;
    this.marks?.removeAttribute('transform');
    for (const mark of this.marks?.querySelectorAll('circle') ?? []) mark.removeAttribute('transform');
    for (const { mark } of this.strokes ?? []) {
      for (const name of ['vector-effect', 'stroke-width', 'stroke-dasharray']) mark.style.removeProperty(name);
    }
    this.zoomed?.remove();
    this.axis?.style.removeProperty('display');
  }

  /** Nothing is drawn outside the frame. */
  clip() {
    if (this.clipped) return;
    const id = `clip-${this.figure.name}-${this.number}`;
    const path = draw('clipPath', { id }, this.figure.svg);
    draw('rect', {
      x: this.left, y: this.top, width: this.right - this.left, height: this.bottom - this.top,
    }, path);
    this.clipped = draw('g', { 'clip-path': `url(#${id})` });
    this.marks.before(this.clipped);
    this.clipped.append(this.marks);
  }

  /** The axis of the range that is shown, with numbers like those of the whole one. */
  drawAxis() {
    this.zoomed?.remove();
    this.axis?.style.setProperty('display', 'none');
    this.zoomed = draw('g', { class: 'zoomed' });
    this.clipped.before(this.zoomed);
    const like = this.axis?.querySelector('text') ?? this.figure.svg.querySelector('text');
    const size = parseFloat(getComputedStyle(like ?? this.figure.svg).fontSize);
    const sits = this.axis?.querySelector('text');
    const y = sits ? sits.getBBox().y + sits.getBBox().height * 0.8 : this.bottom + 1.3 * size;
    for (const value of ticks(this.low, this.high, this.x.log)) {
      const x = this.left + share(value, this.low, this.high, this.x.log) * (this.right - this.left);
      draw('line', { x1: x, x2: x, y1: this.top, y2: this.bottom, class: 'grid' }, this.zoomed);
      const text = draw('text', {
        x, y, 'text-anchor': 'middle', 'font-size': size, 'font-family': 'DejaVu Sans', class: 'tick',
      }, this.zoomed);
      text.textContent = tick(value, this.x.as);
    }
  }
}

class Figure {
  constructor(element, svg, data) {
    Object.assign(this, { element, svg, data });
    this.name = element.dataset.name;
    this.box = svg.parentElement;
    this.hidden = new Set();
    this.panels = data.panels.map((panel, number) => new Panel(this, panel, number));
    this.at = null;
    // A title would cover the values with its own box; the label says the same.
    this.title = svg.querySelector(':scope > title');
    this.title?.remove();
    svg.setAttribute('role', 'group');
    this.box.tabIndex = 0;
    this.box.setAttribute('role', 'group');
    this.box.setAttribute('aria-label', 'Figure. Left and right: next value; up and down: next '
      + 'variant; Page up and Page down: next panel; plus, minus and Escape: zoom.');
    this.tip = make('div', { className: 'tip', hidden: true });
    this.box.append(this.tip);
    this.cursor = draw('circle', { class: 'cursor', r: 4, visibility: 'hidden' });
    svg.append(this.cursor);
    this.makeKeys();
    this.makeTools();
    this.listen();
  }

  // --- Values ---

  seriesOf(panel) {
    return panel.series.filter(series => !this.hidden.has(series.id));
  }

  /** A place of the screen in the units of the picture. */
  inside(event) {
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
  }

  panelAt(place) {
    return this.panels.find(panel => panel.holds(place));
  }

  /** The point that is drawn next to a place. */
  nearest(panel, place) {
    let best = null;
    for (const series of this.seriesOf(panel)) {
      series.points.forEach((point, index) => {
        const drawn = panel.place(point);
        if (!drawn) return;
        const distance = Math.hypot(drawn.x - place.x, drawn.y - place.y);
        if (!best || distance < best.distance) best = { panel, series, index, distance };
      });
    }
    return best;
  }

  show(at) {
    const point = at.series.points[at.index];
    const drawn = at.panel.place(point);
    if (!drawn) return;
    this.at = at;
    const [x, y, low, high, n] = point;
    const { panel, series } = at;
    const rows = [[panel.x.name || 'x', shown(x, panel.x.as)]];
    rows.push(panel.row(y) === undefined
      ? [panel.y.name || panel.title || 'y', shown(y, panel.y.as)]
      : ['Row', panel.row(y)]);
    if (isNumber(low) && isNumber(high)) {
      const as = series.across ? panel.x.as : panel.y.as;
      rows.push(['Interval', `[${shown(low, as)}, ${shown(high, as)}]`]);
    }
    if (isNumber(n)) rows.push(['n', shown(n)]);
    const head = make('strong', {}, panel.title ? `${series.label}, ${panel.title}` : series.label);
    const list = make('dl', {});
    for (const [name, value] of rows) list.append(make('dt', {}, name), make('dd', {}, value));
    this.tip.replaceChildren(head, list);
    this.tip.hidden = false;
    const scale = this.svg.getScreenCTM();
    this.cursor.setAttribute('cx', drawn.x);
    this.cursor.setAttribute('cy', drawn.y);
    this.cursor.setAttribute('r', 5 / scale.a);
    this.cursor.setAttribute('visibility', 'visible');
    this.placeTip(drawn);
  }

  /** Beside the point, inside the picture. */
  placeTip(drawn) {
    const frame = this.box.getBoundingClientRect();
    const point = new DOMPoint(drawn.x, drawn.y).matrixTransform(this.svg.getScreenCTM());
    const { offsetWidth: width, offsetHeight: height } = this.tip;
    const across = point.x - frame.left + this.box.scrollLeft;
    const down = point.y - frame.top;
    const end = this.box.scrollLeft + frame.width;
    const left = across + 14 + width > end ? across - 14 - width : across + 14;
    this.tip.style.left = `${Math.max(this.box.scrollLeft, left)}px`;
    this.tip.style.top = `${Math.min(Math.max(0, down - height / 2), Math.max(0, frame.height - height))}px`;
  }

  hide() {
    this.tip.hidden = true;
    this.cursor.setAttribute('visibility', 'hidden');
  }

  // --- Variants ---

  makeKeys() {
    this.keys = [...this.svg.querySelectorAll('g.key[data-series]')];
    for (const key of this.keys) {
      const box = key.getBBox();
      const room = box.height / 6;
      draw('rect', {
        x: box.x - room, y: box.y - room, width: box.width + 2 * room, height: box.height + 2 * room,
        class: 'area',
      }, key);
      key.setAttribute('role', 'button');
      key.setAttribute('tabindex', 0);
      key.setAttribute('aria-label', `Show ${key.textContent.trim() || key.dataset.series}`);
      key.addEventListener('click', () => this.toggle(key.dataset.series));
      key.addEventListener('keydown', event => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        event.stopPropagation();
        this.toggle(key.dataset.series);
      });
    }
    this.mark();
  }

  toggle(id) {
    if (!this.hidden.delete(id)) this.hidden.add(id);
    for (const group of this.svg.querySelectorAll('g.series[data-series]')) {
      const isHidden = this.hidden.has(group.dataset.series);
      if (isHidden) group.setAttribute('display', 'none');
      else group.removeAttribute('display');
    }
    this.mark();
    if (this.at && this.hidden.has(this.at.series.id)) this.hide();
  }

  mark() {
    for (const key of this.keys) {
      const isHidden = this.hidden.has(key.dataset.series);
      key.setAttribute('aria-pressed', String(!isHidden));
      if (isHidden) key.setAttribute('opacity', '0.35');
      else key.removeAttribute('opacity');
    }
  }

  // --- Pointer and keys ---

  listen() {
    this.svg.addEventListener('pointerdown', event => this.begin(event));
    this.svg.addEventListener('pointermove', event => this.move(event));
    this.svg.addEventListener('pointerup', event => this.end(event));
    this.svg.addEventListener('pointercancel', () => this.cancel());
    this.svg.addEventListener('pointerleave', event => {
      if (event.pointerType === 'mouse' && !this.drag) this.hide();
    });
    this.svg.addEventListener('dblclick', event => {
      this.panelAt(this.inside(event))?.reset();
      this.update();
    });
    this.box.addEventListener('keydown', event => this.press(event));
    this.box.addEventListener('blur', () => this.hide());
  }

  begin(event) {
    const place = this.inside(event);
    const panel = this.panelAt(place);
    if (!panel || event.target.closest('.key') || event.button !== 0) return;
    // A finger that moves scrolls the page.
    if (event.pointerType === 'touch' || !panel.zooms) return this.move(event);
    this.svg.setPointerCapture(event.pointerId);
    this.drag = { panel, from: place.x, to: place.x };
  }

  move(event) {
    const place = this.inside(event);
    if (this.drag) {
      const { panel, from } = this.drag;
      const to = Math.min(panel.right, Math.max(panel.left, place.x));
      this.drag.to = to;
      this.range ??= draw('rect', { class: 'range' }, this.svg);
      this.range.setAttribute('x', Math.min(from, to));
      this.range.setAttribute('width', Math.abs(to - from));
      this.range.setAttribute('y', panel.top);
      this.range.setAttribute('height', panel.bottom - panel.top);
      this.hide();
      return;
    }
    const panel = this.panelAt(place);
    const at = panel && this.nearest(panel, place);
    if (at) this.show(at);
    else this.hide();
  }

  end() {
    if (!this.drag) return;
    const { panel, from, to } = this.drag;
    this.cancel();
    if (Math.abs(to - from) * this.svg.getScreenCTM().a < 8) return;
    panel.zoom(panel.valueAt(Math.min(from, to)), panel.valueAt(Math.max(from, to)));
    this.update();
  }

  cancel() {
    this.drag = null;
    this.range?.remove();
    this.range = null;
  }

  press(event) {
    if (event.target !== this.box) return;
    const moves = {
      ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1),
      ArrowUp: () => this.other(-1), ArrowDown: () => this.other(1),
      PageDown: () => this.turn(1), PageUp: () => this.turn(-1),
      '+': () => this.closer(0.5), '=': () => this.closer(0.5), '-': () => this.closer(2),
      Escape: () => this.whole(),
    };
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  }

  /** Shows a point by key, and says it. */
  read(at) {
    this.show(at);
    const values = [...this.tip.querySelectorAll('dt')];
    const said = values.map(name => `${name.textContent} ${name.nextSibling.textContent}`);
    say([this.tip.firstChild.textContent, ...said].join(', '));
  }

  /** The first point that can be seen of a panel, from `index` on. */
  first(panel, series, index = 0) {
    const found = series?.points.findIndex((point, at) => at >= index && panel.place(point));
    return found >= 0 ? { panel, series, index: found } : null;
  }

  /** A point of where the reader is, or the first one of all. */
  start() {
    if (this.at && !this.hidden.has(this.at.series.id) && this.at.panel.place(this.at.series.points[this.at.index])) return this.at;
    for (const panel of this.panels) {
      for (const series of this.seriesOf(panel)) {
        const found = this.first(panel, series);
        if (found) return found;
      }
    }
    return null;
  }

  step(by) {
    const at = this.start();
    if (!at) return;
    if (this.tip.hidden) return this.read(at);
    let { index } = at;
    do index += by; while (at.series.points[index] && !at.panel.place(at.series.points[index]));
    if (at.series.points[index]) this.read({ ...at, index });
  }

  other(by) {
    const at = this.start();
    if (!at) return;
    const all = this.seriesOf(at.panel);
    const next = all[(all.indexOf(at.series) + by + all.length) % all.length];
    const [x] = at.series.points[at.index];
    const same = next.points.findIndex(point => point[0] === x);
    const found = this.first(at.panel, next, Math.max(0, same)) ?? this.first(at.panel, next);
    if (found) this.read(found);
  }

  turn(by) {
    const at = this.start();
    if (!at) return;
    const panel = this.panels[(at.panel.number + by + this.panels.length) % this.panels.length];
    const series = panel.series.find(each => each.id === at.series.id && !this.hidden.has(each.id));
    const found = this.first(panel, series ?? this.seriesOf(panel)[0]);
    if (found) this.read(found);
  }

  /** Zooms the panel of the point that is read, around it. */
  closer(by) {
    const at = this.start();
    if (!at?.panel.zooms) return;
    const { panel } = at;
    const middle = panel.place(at.series.points[at.index])?.x ?? (panel.left + panel.right) / 2;
    const half = (panel.right - panel.left) * by / 2;
    panel.zoom(panel.valueAt(middle - half), panel.valueAt(middle + half));
    this.update();
  }

  whole() {
    for (const panel of this.panels) panel.reset();
    this.hide();
    this.update();
  }

  /** After a zoom: the button that undoes it, and the point where it is now. */
  update() {
    this.undo.hidden = !this.panels.some(panel => panel.isZoomed);
    if (this.at && !this.tip.hidden) {
      if (this.at.panel.place(this.at.series.points[this.at.index])) this.show(this.at);
      else this.hide();
    }
  }

  // --- Saving ---

  makeTools() {
    const tools = this.element.querySelector('.tools');
    const button = (text, label, act) => {
      const made = make('button', { type: 'button', title: label }, text);
      made.addEventListener('click', act);
      return made;
    };
    tools.querySelector('.svg').replaceWith(
      button('Save SVG', 'The picture as it is seen', () => this.save('svg', 'image/svg+xml', this.picture())),
      button('Save CSV', 'The values that it shows', () => this.save('csv', 'text/csv', this.table())),
    );
    const zooms = this.panels.some(panel => panel.zooms);
    this.undo = button('Whole range', 'Undo the zoom', () => this.whole());
    this.undo.hidden = true;
    if (zooms) tools.append(button('Zoom in', 'Around the value that is shown', () => this.closer(0.5)));
    tools.append(this.undo);
  }

  /** The picture as it is seen, in the colours of a light page. */
  picture() {
    const copy = this.svg.cloneNode(true);
    for (const part of copy.querySelectorAll('.cursor, .range, .area')) part.remove();
    for (const key of copy.querySelectorAll('.key')) {
      for (const name of ['role', 'tabindex', 'aria-label', 'aria-pressed']) key.removeAttribute(name);
    }
    for (const line of copy.querySelectorAll('.zoomed .grid')) {
      line.setAttribute('stroke', '#e6e6e6');
      line.setAttribute('vector-effect', 'non-scaling-stroke');
    }
    for (const text of copy.querySelectorAll('.zoomed .tick')) text.setAttribute('fill', '#595959');
    if (this.title) copy.prepend(this.title.cloneNode(true));
    copy.setAttribute('role', 'img');
    const [, , width, height] = copy.getAttribute('viewBox').split(/[\s,]+/);
    copy.setAttribute('width', width);
    copy.setAttribute('height', height);
    const text = new XMLSerializer().serializeToString(copy);
    return text.replace(/var\(\s*--[\w-]+\s*,\s*(#[0-9a-fA-F]+)\s*\)/g, '$1');
  }

  /** All values as a table. */
  table() {
    const quoted = cell => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    const lines = [['panel', 'variant', 'x', 'y', 'low', 'high', 'n']];
    for (const panel of this.data.panels) {
      for (const series of panel.series) {
        for (const point of series.points) {
          const [x, y, ...others] = [0, 1, 2, 3, 4].map(place => point[place] ?? '');
          const row = isNumber(y) ? rowName(panel.y, y) : undefined;
          lines.push([panel.title ?? '', series.id, x, row ?? y, ...others]);
        }
      }
    }
    return lines.map(line => line.map(cell => quoted(String(cell))).join(',')).join('\n') + '\n';
  }

  save(ending, type, text) {
    const url = URL.createObjectURL(new Blob([text], { type }));
    make('a', { href: url, download: `${this.name}.${ending}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }
}

for (const element of document.querySelectorAll('figure')) {
  const svg = element.querySelector('.picture > svg');
  const data = element.querySelector('script[type="application/json"]');
  if (svg && data) element.figure = new Figure(element, svg, JSON.parse(data.textContent));
}
