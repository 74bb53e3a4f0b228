// Puts PAGE, the text of a page, into frames of several widths and both colour
// schemes, and measures what a reader would see.
window.report = [];
for (const width of [390, 820, 1600]) {
  for (const scheme of ['light', 'dark']) {
    const frame = document.createElement('iframe');
    // A frame's page prefers the colour scheme of the element.
    frame.style = `width: ${width}px; height: 900px; border: 0; color-scheme: ${scheme}`;
    document.body.append(frame);
    const inner = frame.contentDocument;
    inner.open();
    inner.write(PAGE);
    inner.close();
    for (const details of inner.querySelectorAll('details')) details.open = true;
    const view = frame.contentWindow;
    const root = inner.documentElement;
    const ground = element => {
      for (; element; element = element.parentElement) {
        const colour = view.getComputedStyle(element).backgroundColor;
        if (!/, 0\)$|transparent/.test(colour)) return colour;
      }
      return 'rgb(255, 255, 255)';
    };
    const luminance = colour => {
      const [r, g, b] = colour.match(/[\d.]+/g).map(Number).slice(0, 3).map(channel => {
        const c = channel / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    // Elements that hold text themselves; inside pictures it has its own colours.
    const texts = [...inner.body.querySelectorAll('*')].filter(element =>
      !element.closest('svg') &&
      [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()));
    const faults = [];
    for (const element of texts) {
      const style = view.getComputedStyle(element);
      const [a, b] = [luminance(style.color), luminance(ground(element))].sort((x, y) => y - x);
      const contrast = (a + 0.05) / (b + 0.05);
      const said = `${element.tagName} "${element.textContent.trim().slice(0, 40)}"`;
      if (contrast < 4.5) faults.push(`${said}: contrast ${contrast.toFixed(1)}`);
      if (parseFloat(style.fontSize) < 12) faults.push(`${said}: ${style.fontSize}`);
    }
    const ids = [...inner.querySelectorAll('[id]')].map(element => element.id);
    for (const id of new Set(ids)) {
      if (ids.filter(other => other === id).length > 1) faults.push(`id ${id} stands twice`);
    }
    for (const link of inner.querySelectorAll('a[href^="#"]')) {
      const target = decodeURIComponent(link.getAttribute('href').slice(1));
      if (!inner.getElementById(target)) faults.push(`#${target} leads nowhere`);
    }
    const pictures = [...inner.querySelectorAll('figure svg, img')];
    for (const picture of pictures) {
      const box = picture.getBoundingClientRect();
      const loaded = picture.tagName !== 'IMG' || picture.naturalWidth > 0;
      if (box.width < 200 || box.height < 40 || !loaded) {
        faults.push(`a picture is ${box.width} x ${box.height}`);
      }
    }
    // The lines of prose must not be long ones on wide screens.
    const prose = [...inner.querySelectorAll('main > p, figcaption')];
    const widest = Math.max(0, ...prose.map(element =>
      element.getBoundingClientRect().width / parseFloat(view.getComputedStyle(element).fontSize)));
    if (widest > 64) faults.push(`a line of prose is ${widest.toFixed(0)} em wide`);
    window.report.push({
      width, scheme, faults,
      pictures: pictures.length,
      texts: texts.length,
      overflow: root.scrollWidth - root.clientWidth,
      background: view.getComputedStyle(inner.body).backgroundColor,
      fetched: view.performance.getEntriesByType('resource').map(entry => entry.name),
    });
    frame.remove();
  }
}
