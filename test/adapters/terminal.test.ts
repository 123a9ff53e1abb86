import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { terminalRunner } from '../../src/adapters/terminal.ts';
import { Secret } from '../../src/secret.ts';

describe('terminalRunner', () => {
  it('prints for a person, in order and without commands or secrets', async () => {
    const out = new PassThrough();
    const runner = terminalRunner(out);
    runner.mask(new Secret('s3cr3t-s3cr3t'));
    runner.setOutput('decision', 'allow');
    await runner.group('Plan', async () => runner.reporter.info('2 models\n'));
    runner.foreign.write(new TextEncoder().encode('\u001b[2JOK\n::error::x'));
    runner.foreign.end();
    runner.reporter.error('Denied', 'no rule\nsee the policy', { file: 'policy.yml', line: 3 });
    runner.reporter.warning('Proxy', 'is set');
    runner.reporter.notice('Done', 'in 2 s');
    await runner.appendSummary('# Page');
    out.end();
    expect(await text(out)).toBe(
      [
        'Plan',
        '2 models\\u000a',
        'OK',
        '\\::error::x',
        'error: Denied (policy.yml:3)',
        '  no rule',
        '  see the policy',
        'warning: Proxy',
        '  is set',
        'note: Done',
        '  in 2 s',
        '',
      ].join('\n'),
    );
    expect(runner.foreign.bytes).toBe(17);
    expect(runner.getState('x')).toBe('');
  });
});
