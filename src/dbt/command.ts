/** One dbt command of the `command` input, parsed to argv without a shell. */
export interface DbtCommand {
  /** As the user wrote it, for messages; one line, plain text. */
  readonly text: string;
  /** The dbt command: `build`, `run`, `source freshness`, … */
  readonly name: string;
  /** Everything after the name. */
  readonly args: readonly string[];
}
