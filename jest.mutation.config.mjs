import base from './jest.config.mjs';

const [unit] = base.projects;

/**
 * What `npm run mutation` runs against each mutant: the tests of lib/domain. The slow property tests of the decision
 * are left out, so the score is a lower bound of what `npm test` finds.
 */
export default {
  ...unit,
  // Stryker starts jest anew for each mutant: the crawl of the whole tree would be most of the time.
  roots: ['<rootDir>/lib', '<rootDir>/test/domain'],
  testMatch: ['<rootDir>/test/domain/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', 'properties\\.test\\.ts$'],
};
