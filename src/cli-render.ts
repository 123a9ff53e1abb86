import { Argument, type Command, Option } from 'commander';
import { bytesOf, textOf, writeIn } from './adapters/given-files.ts';
import { endWith, say } from './adapters/terminal.ts';
import { inertText } from './policy/commands/annotation.ts';
import { grantedTargets } from './policy/commands/granted-targets.ts';
import { loadPolicy } from './policy/load.ts';
import type { Policy } from './policy/policy.ts';
import { publicKeysOf } from './policy/trust/kong-keys.ts';
import type { PublicKey } from './policy/trust/kong-options.ts';
import { TARGETS, type Target } from './policy/trust/model.ts';
import { renderTrust } from './policy/trust/render.ts';
import { renderJson, renderText } from './policy/trust/render-output.ts';
import type { Rendered, RenderOptions } from './policy/trust/rendered.ts';

interface RenderFlags extends RenderOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly jwks?: string;
  readonly kid?: string;
}

async function render(target: Target, path: string, flags: RenderFlags): Promise<void> {
  const { out, json, jwks, kid, ...options } = flags;
  const { policy } = await loadPolicy(await bytesOf(path), path);
  const rendered = renderTrust(policy, target, { ...options, ...(await keysOf(jwks, kid)) });
  if (out !== undefined) await writeIn(out, rendered.files);
  // What was written is not shown again; what the target does not check always is.
  const shown = out === undefined ? rendered : { ...rendered, files: [] };
  const written = out === undefined ? [] : rendered.files.map(({ name }) => `${out}/${name}`);
  if (json === true) say(renderJson(rendered));
  else {
    const lines = [...written.map((file) => `wrote ${file}`), renderText(shown, path)];
    say(inertText([...lines, ...nextLines(policy, rendered, path)].join('\n')));
  }
  endWith(rendered.problems.some(({ level }) => level === 'error') ? 1 : 0);
}

/** How to know later whether it is still so, or which targets the policy has something for. */
function nextLines(policy: Policy, { target, files }: Rendered, path: string): readonly string[] {
  if (files.length > 0)
    return [
      `Once it is applied, with the same options: dbt-passport policy drift ${target} ${path} DEPLOYED...`,
    ];
  const granted = grantedTargets(policy).filter((other) => other !== target);
  return [
    ...granted.map((other) => `For its grants: dbt-passport policy render ${other} ${path}`),
    ...(target === 'azure' ? ['With --principal, the rules are rendered for an application.'] : []),
  ];
}

/** The keys of a saved key set, or the one that is named. */
async function keysOf(
  jwks: string | undefined,
  kid: string | undefined,
): Promise<{ keys?: readonly PublicKey[] }> {
  if (jwks === undefined) return {};
  const keys = await publicKeysOf(await textOf(jwks));
  return { keys: keys.filter((key) => key.kid === (kid ?? key.kid)) };
}

/** Options that say how a target's trust is written; `policy drift` has them too. */
export function addTrustOptions(command: Command): Command {
  return command
    .addArgument(new Argument('<target>', 'whose trust').choices(TARGETS))
    .argument('<file>', 'the policy')
    .option('--audience <text>', 'audience of the token, for targets that no grant names')
    .option('--principal <id>', 'application of Microsoft Entra that the rules may act as')
    .option('--grant <name>', 'only what leads to this grant')
    .option('--claims', 'Snowflake: compare further claims (not available on every account)')
    .option('--flexible', 'Azure: flexible credentials (preview)');
}

export function addRenderCommand(policy: Command): void {
  addTrustOptions(policy.command('render'))
    .description('The policy as the trust of a cloud, a warehouse or a gateway, and what that does not check')
    .addOption(
      new Option('--form <form>', 'terraform: for aws, gcp and snowflake').choices(['native', 'terraform']),
    )
    .option('--receivers <audiences...>', 'Keycloak: audiences of the tokens it hands out')
    .option('--jwks <file>', 'Kong: key set of the issuer, as saved from its /.well-known/jwks')
    .option('--kid <kid>', 'Kong: only this key of the set')
    .addOption(new Option('--bind <claim>', 'Kong: what finds the credential').choices(['sub', 'kid']))
    .option('--upstream <url>', 'Kong: where allowed requests go')
    .option('--out <folder>', 'write the files into a folder, in the place of older ones')
    .option('--json', 'the files, the gaps and the problems as JSON')
    .addHelpText('after', CODES)
    .action(render);
}

const CODES = `
Exit codes:
  0  rendered
  1  the policy has faults, or the target cannot hold it
  2  the command was called wrongly, or a file cannot be read`;
