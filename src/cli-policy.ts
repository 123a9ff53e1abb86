import { type Command, Option } from 'commander';
import { addDriftCommand } from './cli-drift.ts';
import { diff, explain, init, lint, matrix, suggestRule, test } from './cli-policy-actions.ts';
import { addRenderCommand } from './cli-render.ts';

const CLAIMS = [
  '--claims <json>',
  'file with the claims of a token as a JSON object (docs/policy.md), or - for standard input',
] as const;
const FORMAT = () =>
  new Option('--format <format>', 'github: also annotations for a pull request')
    .choices(['text', 'github'])
    .conflicts('json');
const CALLED_WRONGLY = '2  the command was called wrongly, or a file cannot be read';
const codes = (...lines: readonly string[]) =>
  `\nExit codes:\n${[...lines, CALLED_WRONGLY]
    .sort()
    .map((line) => `  ${line}`)
    .join('\n')}`;
const FAULTY = '1  the policy has faults';
/** What claims say already. */
const instead = (flags: string, description: string) => new Option(flags, description).conflicts('claims');

/** `policy …`: the commands on an allowlist. None asks anything of a network. */
export function addPolicyCommands(cli: Command): void {
  const policy = cli.command('policy').description('Work on an allowlist');
  addChecks(policy);
  addReviews(policy);
  addDrafts(policy);
  addRenderCommand(policy);
  addDriftCommand(policy);
}

function addChecks(policy: Command): void {
  policy
    .command('lint <file>')
    .description('Every fault and doubt of a policy with file:line:column, its fix and its documentation')
    .option('--strict', 'warnings count as errors')
    .option('--lock <json>', 'serial and digest of the newest accepted policy, against a rollback')
    .option('--facts <json>', 'what GitHub says of the repositories (docs/lint.md shows how to collect it)')
    .addOption(FORMAT())
    .option('--json', 'the result as JSON')
    .addHelpText('after', codes('0  no error', '1  an error, or with --strict a warning'))
    .action(lint);
  policy
    .command('test <file>')
    .description('Decide every case of the suites beside a policy (NAME.test.yml, tests/NAME.test.yml)')
    .option('--cases <path>', 'a suite, or a folder with *.test.yml')
    .addOption(FORMAT())
    .option('--json', 'the report as JSON')
    .addHelpText('after', codes('0  every case is as expected', '1  a case is not, or the policy has faults'))
    .action(test);
}

function addReviews(policy: Command): void {
  policy
    .command('explain <file>')
    .description(
      'Would these claims be allowed, and if not, what is the smallest change that would allow them?',
    )
    .requiredOption(...CLAIMS)
    .option('--environment <name>', 'the `environment` input of the caller')
    .option('--rerun-by <login:id>', 'who pressed "re-run"; `unverified`: somebody whom GitHub did not name')
    .option('--json', 'the decision and the changes as JSON')
    .addHelpText('after', codes('0  allowed', FAULTY, '3  denied'))
    .action(explain);
  policy
    .command('matrix <file>')
    .description('Who may do what: repository, environment and event, with the credentials they get')
    .option(
      '--diff <environments...>',
      'what two environments have differently, such as: --diff staging production',
    )
    .option('--require <environments...>', 'environments that every repository must have a rule for')
    .addOption(new Option('--markdown', 'a Markdown table').conflicts('json'))
    .option('--json', 'rows with every limit as JSON')
    .addHelpText(
      'after',
      codes('0  shown; with --diff: no difference', FAULTY, '3  a difference, or a missing rule'),
    )
    .action(matrix);
  policy
    .command('diff <old> <new>')
    .description(
      'Which identities gain, lose or change what; how rules are named, ordered or split does not count',
    )
    .option('--json', 'the differences as JSON')
    .addHelpText('after', codes('0  no difference', '1  one of the policies has faults', '3  differences'))
    .action(diff);
}

function addDrafts(policy: Command): void {
  policy
    .command('suggest <file>')
    .description('The smallest rule that allows this token and nothing else, as YAML to paste')
    .requiredOption(...CLAIMS)
    .option('--grant <name>', 'grant of the policy (default: that of the nearest rule)')
    .option('--any-actor', 'for whoever may start the workflow, not this person alone')
    .option('--self-hosted-reason <text>', 'why the job needs a runner of your own')
    .option('--json', 'the rule and the whole policy with it as JSON')
    .addHelpText(
      'after',
      codes('0  a rule, or it is allowed already', FAULTY, '3  no rule can or should allow it'),
    )
    .action(suggestRule);
  policy
    .command('init <file>')
    .description('Write a first policy and its first suite; no file is ever overwritten')
    .option(...CLAIMS)
    .addOption(instead('--repository <owner/name>', 'without claims: the repository of the dbt project'))
    .addOption(instead('--repository-id <id>', 'its id: gh api repos/OWNER/NAME --jq .id'))
    .addOption(instead('--owner-id <id>', "its owner's id: gh api repos/OWNER/NAME --jq .owner.id"))
    .addOption(instead('--environment <name>', 'deployment environment of the job'))
    .addOption(
      instead(
        '--environment-id <id>',
        'its id: gh api repos/OWNER/NAME/environments/ENVIRONMENT --jq .node_id',
      ),
    )
    .addOption(instead('--ref <ref>', 'branch or tag').default('refs/heads/main'))
    .addOption(instead('--event <name>', 'event that starts the workflow').default('workflow_dispatch'))
    .addOption(
      instead('--issuer <url>', 'issuer of the tokens').default(
        'https://token.actions.githubusercontent.com',
      ),
    )
    .option('--audience <text>', 'audience of the gate (default: dbt-passport/OWNER)')
    .option(
      '--grant <words...>',
      'kind and keys of the warehouse, such as: --grant snowflake account=acme user=DBT',
    )
    .option('--pin-actor', 'only the person of the claims')
    .option('--self-hosted-reason <text>', 'why the job needs a runner of your own')
    .option('--json', 'the paths and the next steps as JSON')
    .addHelpText('after', codes('0  written', '1  the grant has faults'))
    .action(init);
}
