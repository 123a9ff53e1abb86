import { describe } from 'vitest';
import { isTheDecision } from './is-the-decision.ts';

describe('the trust of Google Cloud is the decision of the gate', () => {
  isTheDecision({ target: 'gcp' }, 5_000);
});
