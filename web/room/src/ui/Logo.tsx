const WORDMARK =
  "M5.5 54.5H45.5A20 20 0 1 0 39.90 68.50M92.0 38.70C87.0 35.10 83.0 34.5 79.0 34.5C70.5 34.5 66.0 38.9 66.0 44.1C66.0 51.1 73.0 52.9 79.0 54.5C86.0 56.3 93.0 58.9 93.0 64.9C93.0 70.5 88.0 74.5 79.0 74.5C74.0 74.5 69.0 73.1 64.6 69.5M117.5 14V60.50C117.5 70.50 121.0 74.5 127.5 74.5H132.5M104.0 34.5H132.5M144.0 29.0V80M144.0 55.5C144.0 42.5 152.0 34.5 163.0 34.5H165.0M214.5 29.0V80M214.5 54.5A20 20 0 1 0 174.5 54.5A20 20 0 1 0 214.5 54.5M274.0 2V80M274.0 54.5A20 20 0 1 0 234.0 54.5A20 20 0 1 0 274.0 54.5M293.5 54.5H333.5A20 20 0 1 0 327.90 68.50";

export function Wordmark() {
  return (
    <svg className="h-9 w-auto block" viewBox="-2 0 344 100" role="img" aria-label="Estrade">
      <path d={WORDMARK} fill="none" stroke="currentColor" strokeWidth="11" />
      <rect x="0" y="94" width="339" height="2.5" fill="currentColor" />
      <rect x="0" y="87.5" width="84" height="9" className="fill-primary" />
    </svg>
  );
}

export function Mark() {
  return (
    <svg className="h-7 w-auto block" viewBox="0 0 64 60" role="img" aria-label="Estrade">
      <path d="M6 6H26V17H17V24H40V35H17V42H58V53H6Z" fill="currentColor" />
      <circle cx="47" cy="15" r="9" className="fill-primary" />
    </svg>
  );
}
