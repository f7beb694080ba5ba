/**
 * Two projects. `unit`: quick, side by side. `real`: engines, namespaces and the emulator, one suite after another,
 * since they share one machine's two cores.
 */
const common = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: { '^@middy/(core|util)$': '<rootDir>/node_modules/@middy/$1/index.js' },
  transformIgnorePatterns: ['/node_modules/(?!@middy/)'],
  modulePathIgnorePatterns: ['<rootDir>/(cdk.out|build|.cache|reports)/'],
};

const real = ['lab', 'engines', 'state', 'workflow', 'traffic', 'e2e'];

export default {
  // Each file leaves something behind; in one process for all of them the heap fills up.
  workerIdleMemoryLimit: '1GB',
  // `npm run coverage` looks at the domain alone: every line and branch by its own tests.
  collectCoverageFrom: ['lib/domain/**/*.ts'],
  coverageDirectory: 'reports/coverage',
  coverageReporters: ['text-summary', 'json'],
  coverageThreshold: { './lib/domain/': { lines: 100, branches: 100 } },
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...real.map((room) => `<rootDir>/test/${room}/`)],
    },
    {
      ...common,
      displayName: 'real',
      testMatch: real.map((room) => `<rootDir>/test/${room}/**/*.test.ts`),
      globalSetup: '<rootDir>/test/support/parts.mjs',
    },
  ],
};
