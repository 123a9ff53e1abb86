import { describe } from 'vitest';
import { isTheDecision } from './is-the-decision.ts';

describe('the trust of a warehouse is the decision of the gate', () => {
  isTheDecision({ target: 'snowflake' }, 3_000);
  isTheDecision({ target: 'snowflake', options: { claims: true } }, 3_000);
  isTheDecision({ target: 'databricks' }, 3_000);
  isTheDecision({ target: 'azure' }, 3_000);
  isTheDecision({ target: 'azure', options: { flexible: true } }, 3_000);
});
