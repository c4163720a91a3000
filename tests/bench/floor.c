/* The floor: REML fits of a mean in one thread of C, rows of k effects one after another, nothing else done.

   fisher: Fisher scoring from the DerSimonian-Laird estimate, as packages iterate.
   newton: the iteration that pool_many uses, without its bracket and its proof of the optimum. */

#include <math.h>
#include <stddef.h>

struct sums { double w, w2, w3, mean, pp, wwr, ppp; };

static struct sums at(const double *y, const double *v, int k, double t)
{
    struct sums s = {0, 0, 0, 0, 0, 0, 0};
    for (int j = 0; j < k; j++) {
        double w = 1 / (v[j] + t);
        s.w += w; s.w2 += w * w; s.w3 += w * w * w; s.mean += w * y[j];
    }
    s.mean /= s.w;
    for (int j = 0; j < k; j++) {
        double w = 1 / (v[j] + t), wr = w * (y[j] - s.mean);
        s.pp += wr * wr; s.wwr += w * wr; s.ppp += w * wr * wr;
    }
    return s;
}

static double start(const double *y, const double *v, int k)
{
    struct sums s = at(y, v, k, 0);
    double q = 0;
    for (int j = 0; j < k; j++) q += (y[j] - s.mean) * (y[j] - s.mean) / v[j];
    return fmax(0, (q - (k - 1)) / (s.w - s.w2 / s.w));
}

static double step_fisher(struct sums s)
{
    double trace2 = s.w2 - 2 * s.w3 / s.w + s.w2 * s.w2 / (s.w * s.w);
    return (s.pp - s.w + s.w2 / s.w) / trace2;
}

static double step_newton(struct sums s)
{
    double trace = s.w - s.w2 / s.w, trace2 = s.w2 - 2 * s.w3 / s.w + s.w2 * s.w2 / (s.w * s.w);
    double slope = -2 * (s.ppp - s.wwr * s.wwr / s.w);
    return s.pp * (s.pp - trace) / (-trace2 * s.pp - trace * slope);
}

static void fit(const double *y, const double *v, size_t n, int k, double *tau2, double *estimate, double *se,
                double (*step)(struct sums), double tolerance)
{
    for (size_t i = 0; i < n; i++, y += k, v += k) {
        double t = start(y, v, k);
        struct sums s;
        for (int iteration = 0; iteration < 100; iteration++) {
            s = at(y, v, k, t);
            double next = fmax(0, t + step(s)), moved = fabs(next - t);
            t = next;
            if (!(moved > tolerance * (t + k / s.w))) break;
        }
        tau2[i] = t; estimate[i] = s.mean; se[i] = 1 / sqrt(s.w);
    }
}

void fisher(const double *y, const double *v, size_t n, int k, double *tau2, double *estimate, double *se)
{
    fit(y, v, n, k, tau2, estimate, se, step_fisher, 1e-10);
}

void newton(const double *y, const double *v, size_t n, int k, double *tau2, double *estimate, double *se)
{
    fit(y, v, n, k, tau2, estimate, se, step_newton, 1e-6);
}
