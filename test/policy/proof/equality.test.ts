import { describe } from 'vitest';
import { isTheDecision } from './is-the-decision.ts';

// Google Cloud stands in a file of its own, so that both run at once.
describe('the trust of a cloud is the decision of the gate', () => {
  isTheDecision({ target: 'aws' }, 5_000);
  isTheDecision({ target: 'vault' }, 5_000);
});
