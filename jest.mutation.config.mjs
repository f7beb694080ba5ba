import base from './jest.config.mjs';

const [unit] = base.projects;

/**
 * What `npm run mutation` runs against each mutant: the tests of lib/domain. The slow property tests of the decision
 * are left out, so the score is a lower bound of what `npm test` finds.
 */
export default {
  ...unit,
  testMatch: ['<rootDir>/test/domain/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', 'properties\\.test\\.ts$'],
};
