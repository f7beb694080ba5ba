import { longestGapMs } from '../../bench/gaps';

describe('longestGapMs', () => {
  const window = { fromMs: 100, untilMs: 200 };

  it('takes the last instant before the window as the beginning of its first gap', () => {
    expect(longestGapMs([10, 95, 160, 195], window)).toBe(65);
  });

  it('counts a gap that was still open at the end', () => {
    expect(longestGapMs([99, 110, 120], window)).toBe(80);
  });

  it('is the whole window when nothing was acknowledged in it', () => {
    expect(longestGapMs([], window)).toBe(100);
    expect(longestGapMs([300], window)).toBe(100);
  });
});
