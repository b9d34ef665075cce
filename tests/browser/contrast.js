// Visible texts of the page whose colour has less than the wanted contrast to what lies behind them (WCAG 2.1, 1.4.3).
() => {
  const NO_TEXT =  // pictures, icons by name, a number on its handle, and what can't be used
    "svg, script, style, noscript, [data-testid=stIconMaterial], [data-testid=stSliderThumbValue], [disabled], " +
    "[aria-disabled=true]";
  const parse = (text) => {
    const found = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return [found[0], found[1], found[2], found[3] ?? 1];
  };
  const over = (top, below) => top.slice(0, 3).map((value, index) => value * top[3] + below[index] * (1 - top[3]));
  const luminance = (colour) => {
    const [r, g, b] = colour.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const faint = (element) => {
    let share = 1;
    for (let at = element; at; at = at.parentElement) share *= Number(getComputedStyle(at).opacity);
    return share;
  };
  const poor = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!/[\p{L}\p{N}]/u.test(text) || element.closest(NO_TEXT)) continue;
    if (element.closest("label, [data-testid=stCheckbox]")?.querySelector("[disabled]")) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    const own = parse(style.color);
    const ink = over([own[0], own[1], own[2], own[3] * faint(element)], ground);
    const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.set(text.slice(0, 60), `${ratio.toFixed(2)} ${style.color} ${style.fontSize}`);
  }
  return Object.fromEntries(poor);
}
