import { expect, it } from 'vitest';
import { capabilityOf, type TrustOptions } from '../../../src/policy/trust/capability.ts';
import { TARGETS, type Target } from '../../../src/policy/trust/model.ts';
import { uncheckedBy } from '../../../src/policy/trust/unchecked.ts';

const CASES: readonly (readonly [target: Target, options?: TrustOptions])[] = [
  ...TARGETS.map((target) => [target] as const),
  ['snowflake', { claims: true }],
  ['azure', { flexible: true }],
];

it('what each target compares and what not, with why, is as reviewed', async () => {
  const shown = CASES.map(([target, options]) => ({
    target,
    options,
    compares: capabilityOf(target, options),
    never: uncheckedBy(target, options),
  }));
  await expect(`${JSON.stringify(shown, null, 1)}\n`).toMatchFileSnapshot('golden/capability.json');
});

it('options of one target change no other', () => {
  for (const target of TARGETS) {
    const other = capabilityOf(target, { claims: target !== 'snowflake', flexible: target !== 'azure' });
    expect(other).toEqual(capabilityOf(target));
  }
});
