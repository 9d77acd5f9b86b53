/** Whether this is `pnpm test:profiles`, which takes the time for every case; of those that take long beside what they add, `npm test` has one of each kind. */
export const thorough: boolean = process.env.CLIDIM_TEST_PROFILE !== undefined;
