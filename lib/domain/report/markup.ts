/** Text that is already HTML; only `markup` makes it, so that nothing reaches the page unescaped. */
export interface Markup {
  readonly text: string;
}

type Interpolated = string | number | Markup | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters are dropped: HTML does not allow them, not even as entities. */
const CONTROL = /\p{Cc}/gu;
const escaped = (text: string): string =>
  text
    .replace(CONTROL, (char) => (char === '\n' || char === '\t' ? char : ''))
    .replace(/[&<>"']/g, (char) => String(ENTITIES[char]));

const isList = (value: Interpolated): value is readonly Markup[] => Array.isArray(value);

const render = (value: Interpolated): string => {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escaped(value);
  return isList(value) ? value.map(({ text }) => text).join('') : value.text;
};

/** Template tag: escapes every interpolated string, and passes on what was itself made by this tag. */
export const markup = (parts: TemplateStringsArray, ...values: readonly Interpolated[]): Markup => ({
  text: parts.map((part, i) => part + (values[i] === undefined ? '' : render(values[i]))).join(''),
});
