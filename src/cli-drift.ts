import { type Command, Option } from 'commander';
import { bytesOf, textOf } from './adapters/given-files.ts';
import { endWith, say } from './adapters/terminal.ts';
import { addTrustOptions } from './cli-render.ts';
import { annotationLine, inertText } from './policy/commands/annotation.ts';
import { DOWNLOADS } from './policy/drift/downloads.ts';
import { driftExit, driftOf } from './policy/drift/drift.ts';
import { driftAnnotations, driftJson, driftText } from './policy/drift/report.ts';
import { loadPolicy } from './policy/load.ts';
import type { TrustOptions } from './policy/trust/capability.ts';
import type { Target } from './policy/trust/model.ts';

interface DriftFlags extends TrustOptions {
  readonly format?: 'text' | 'github';
  readonly json?: boolean;
}

async function drift(
  target: Target,
  path: string,
  paths: readonly string[],
  flags: DriftFlags,
): Promise<void> {
  const { format, json, ...options } = flags;
  const policy = await loadPolicy(await bytesOf(path), path);
  const files = await Promise.all(paths.map(async (name) => ({ name, text: await textOf(name) })));
  const report = driftOf(policy, target, files, options);
  say(json === true ? JSON.stringify(driftJson(report), null, 2) : inertText(driftText(report)));
  if (format === 'github') for (const each of driftAnnotations(report)) say(annotationLine(each));
  endWith(driftExit(report));
}

export function addDriftCommand(policy: Command): void {
  addTrustOptions(policy.command('drift'))
    .argument('<deployed...>', 'files as the command of the target prints them, below')
    .description('Is what is deployed what the policy says? Wider, narrower or different, claim by claim')
    .addOption(
      new Option('--format <format>', 'github: also annotations for a pull request')
        .choices(['text', 'github'])
        .conflicts('json'),
    )
    .option('--json', 'the report as JSON')
    .addHelpText('after', CODES)
    .action(drift);
}

const CODES = `
Exit codes:
  0  the same
  1  the policy has faults, or a file cannot be understood
  2  the command was called wrongly, or a file cannot be read
  3  drift

To download what is deployed:
${Object.entries(DOWNLOADS)
  .flatMap(([target, commands]) => commands.map((command) => `  ${target.padEnd(10)} ${command}`))
  .join('\n')}`;
