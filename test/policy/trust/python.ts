import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type Tool, toolPath } from '../../support/tools.ts';

/** Runs a script with the packages that a tool came with; `input` is JSON for it, and it prints JSON. */
export function python(tool: Tool, script: string, input: unknown): unknown {
  const interpreter = join(dirname(toolPath(tool)), 'python');
  const output = execFileSync(interpreter, ['-c', script], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return JSON.parse(output);
}
