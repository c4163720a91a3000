// Pooling in the browser, by the formulas of claimbook.synthesis; the same vectors are tested here and there.
"use strict";

const claimbookPooling = (() => {
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  const weighted = (y, w) => sum(y.map((value, i) => w[i] * value)) / sum(w);

  const equalEffects = () => 0;

  // tau2 = (Q - (k - 1)) / C, floored at zero (DerSimonian & Laird 1986, eq. 8).
  const dersimonianLaird = (y, v) => {
    const w = v.map((one) => 1 / one);
    const mean = weighted(y, w);
    const q = sum(y.map((value, i) => w[i] * (value - mean) ** 2));
    const c = sum(w) - sum(w.map((one) => one * one)) / sum(w);
    return Math.max(0, (q - (y.length - 1)) / c);
  };

  // Fisher scoring on the restricted likelihood (Viechtbauer 2005).
  const reml = (y, v) => {
    const close = 1e-13 * (sum(v) / v.length);
    let tau2 = dersimonianLaird(y, v);
    for (let step = 0; step < 1000; step += 1) {
      const w = v.map((one) => 1 / (one + tau2));
      const [first, second, third] = [1, 2, 3].map((power) => sum(w.map((one) => one ** power)));
      const mean = weighted(y, w);
      const score = sum(y.map((value, i) => (w[i] * (value - mean)) ** 2)) - first + second / first;
      const information = second - (2 * third) / first + (second / first) ** 2;
      const next = Math.max(0, tau2 + score / information);
      if (Math.abs(next - tau2) <= close) return next;
      tau2 = next;
    }
    return NaN;
  };

  // Lanczos' series for the logarithm of the gamma function.
  const LANCZOS = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const logGamma = (x) => {
    const series = LANCZOS.slice(1).reduce((total, one, i) => total + one / (x + i), LANCZOS[0]);
    const t = x + 6.5;
    return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
  };

  // The regularized incomplete beta function by its continued fraction (Lentz' method).
  const betaShare = (x, a, b) => {
    if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, b, a);
    const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a;
    let [f, c, d] = [1, 1, 0];
    for (let i = 0; i < 500; i += 1) {
      const m = Math.floor(i / 2);
      let numerator = 1;
      if (i > 0 && i % 2 === 0) numerator = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
      if (i % 2 === 1) numerator = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / (1 + numerator * d);
      c = 1 + numerator / c;
      f *= c * d;
      if (Math.abs(1 - c * d) < 1e-15) break;
    }
    return front * (f - 1);
  };

  // Student's t beyond which half of (1 - level) lies, by bisection of its tail.
  const known = new Map();
  const tQuantile = (level, df) => {
    const key = `${level} ${df}`;
    if (!known.has(key)) {
      const tail = (t) => betaShare(df / (df + t * t), df / 2, 0.5);
      let [low, high] = [0, 2];
      while (tail(high) > 1 - level) high *= 2;
      for (let i = 0; i < 200 && high - low > 1e-14 * high; i += 1) {
        const middle = (low + high) / 2;
        if (tail(middle) > 1 - level) low = middle;
        else high = middle;
      }
      known.set(key, (low + high) / 2);
    }
    return known.get(key);
  };

  const normal = (y, w, level, z) => z / Math.sqrt(sum(w));

  // Hartung & Knapp 2001, Sidik & Jonkman 2002: the weighted spread about the mean, and Student's t.
  const hartungKnapp = (y, w, level) => {
    const [mean, df] = [weighted(y, w), y.length - 1];
    const spread = sum(y.map((value, i) => w[i] * (value - mean) ** 2)) / (df * sum(w));
    return tQuantile(level, df) * Math.sqrt(spread);
  };

  const MODELS = {
    "REML HKSJ": { label: "Random effects (REML, HKSJ)", tau2: reml, margin: hartungKnapp },
    "DL z": { label: "Random effects (DL, normal)", tau2: dersimonianLaird, margin: normal },
    "EE z": { label: "Equal effects (normal)", tau2: equalEffects, margin: normal },
  };

  // The pooled effect of effects y with variances v; z is the normal quantile of the level.
  const pool = (y, v, model, level, z) => {
    const chosen = y.length > 1 ? MODELS[model] : MODELS["EE z"];
    const tau2 = chosen.tau2(y, v);
    const w = v.map((one) => 1 / (one + tau2));
    const [estimate, margin] = [weighted(y, w), chosen.margin(y, w, level, z)];
    const total = sum(w);
    return { estimate, low: estimate - margin, high: estimate + margin, tau2, weights: w.map((one) => one / total) };
  };

  // Subsets of two and more of k studies as lists of indices: all of them up to 12, else some drawn evenly.
  const subsets = (k, size, drawn = 1000) => {
    const all = [...Array(k).keys()];
    if (k <= 12) {
      const masks = [...Array(2 ** k).keys()];
      return masks.map((mask) => all.filter((i) => mask & (1 << i))).filter((one) => one.length > 1);
    }
    let seed = 1;
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    return Array.from({ length: drawn }, () => {
      const left = [...all];
      return Array.from({ length: size }, () => left.splice(Math.floor(random() * left.length), 1)[0]);
    });
  };

  return { MODELS, pool, subsets };
})();

if (typeof module === "object") module.exports = claimbookPooling;
