import { expect, it } from 'vitest';
import { blankComments, blankCommentsAndStrings } from './code-only.ts';

it('blanks comments and keeps every line where it was', () => {
  expect(blankComments('a(); // b()\n/* c\nd */ e();')).toBe('a();       \n    \n     e();');
});

it('blanks what is between quotes and keeps the quotes', () => {
  expect(blankCommentsAndStrings(`f('a//b', "c\\"d");`)).toBe(`f('    ', "    ");`);
});

it('keeps the code inside templates', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
  const source = '`a ${b({ c: `d ${e}` })} f` + g';
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the same
  const blanked = '`  ${b({ c: `  ${e}` })}  ` + g';
  expect(blankCommentsAndStrings(source)).toBe(blanked);
});

it('takes a slash for a regular expression only where no value ends before it', () => {
  expect(blankCommentsAndStrings(`x.replace(/['"/*]/g, y)`)).toBe('x.replace(/      /g, y)');
  expect(blankCommentsAndStrings(`a / b / 'c'`)).toBe(`a / b / ' '`);
  expect(blankCommentsAndStrings('/[/]"/.test(x)')).toBe('/    /.test(x)');
});
