import { type Markup, markup } from './report-markup.ts';

/** Size of a node's box, in pixels. */
export const BOX = { width: 190, height: 42 } as const;

/** Kinds with an outline of their own; every other kind is a plain box. */
export const KINDS_WITH_SHAPE = ['source', 'seed', 'model', 'snapshot', 'exposure'] as const;

/** The outline of a node by its kind, its upper left corner at 0,0. */
export function outline(
  kind: string,
  { width: w, height: h } = BOX as { width: number; height: number },
): Markup {
  const fold = Math.min(10, h / 2);
  switch (kind) {
    case 'source':
      return markup`<path class="box" d="M8 0H${w - 8}C${w + 2} 0 ${w + 2} ${h} ${w - 8} ${h}H8C-2 ${h} -2 0 8 0Z"/><path class="line" d="M8 0C18 0 18 ${h} 8 ${h}"/>`;
    case 'seed':
      return markup`<path class="box" d="M0 0H${w - fold}L${w} ${fold}V${h}H0Z"/><path class="line" d="M${w - fold} 0V${fold}H${w}"/>`;
    case 'snapshot':
      return markup`<rect class="box" width="${w}" height="${h}"/><path class="line" d="M5 0V${h}M${w - 5} 0V${h}"/>`;
    case 'exposure':
      return markup`<rect class="box" width="${w}" height="${h}" rx="${h / 2}"/>`;
    default:
      return markup`<rect class="box" width="${w}" height="${h}" rx="4"/>`;
  }
}
