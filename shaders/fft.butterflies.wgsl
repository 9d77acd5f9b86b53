// Discrete Fourier transforms of a few numbers, in place: y_k = sum over j of x_j w^(jk), w = exp(-2 pi i / radix), conjugated where `direction` is -1.
// The roots come from a table that was computed in float64, as sin and cos of WGSL are not exact enough: first the p.radix powers of exp(-2 pi i / p.radix), then those
// of exp(-2 pi i / p.rest) in two levels: 2^p.fine neighbouring ones, and every 2^p.fine th.
@group(0) @binding(2) var<storage, read> roots: array<vec2f>;

fn times(a: vec2f, b: vec2f) -> vec2f {
  return vec2f(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

// exp(-2 pi i e / p.radix), e < p.radix.
fn rootOfRadix(e: u32) -> vec2f {
  let root = roots[e];
  return vec2f(root.x, root.y * p.direction);
}

// exp(-2 pi i e / p.rest), e < p.rest.
fn rootOfRest(e: u32) -> vec2f {
  let neighbours = 1u << p.fine;
  let fine = roots[p.radix + (e & (neighbours - 1u))];
  let coarse = roots[p.radix + neighbours + (e >> p.fine)];
  let root = times(fine, coarse);
  return vec2f(root.x, root.y * p.direction);
}

// -i x, or i x.
fn quarterTurn(x: vec2f) -> vec2f {
  return vec2f(x.y, -x.x) * p.direction;
}

fn butterfly2(x: ptr<function, array<vec2f, 8>>) {
  let difference = (*x)[0] - (*x)[1];
  (*x)[0] += (*x)[1];
  (*x)[1] = difference;
}

fn butterfly4(x: ptr<function, array<vec2f, 8>>) {
  let a = (*x)[0] + (*x)[2];
  let b = (*x)[0] - (*x)[2];
  let c = (*x)[1] + (*x)[3];
  let d = quarterTurn((*x)[1] - (*x)[3]);
  (*x)[0] = a + c;
  (*x)[1] = b + d;
  (*x)[2] = a - c;
  (*x)[3] = b - d;
}

fn butterfly8(x: ptr<function, array<vec2f, 8>>) {
  var even = array<vec2f, 8>((*x)[0], (*x)[2], (*x)[4], (*x)[6], vec2f(), vec2f(), vec2f(), vec2f());
  var odd = array<vec2f, 8>((*x)[1], (*x)[3], (*x)[5], (*x)[7], vec2f(), vec2f(), vec2f(), vec2f());
  butterfly4(&even);
  butterfly4(&odd);
  // The eighths of a turn: (1 - i) / sqrt 2 and (-1 - i) / sqrt 2.
  odd[1] = (odd[1] + quarterTurn(odd[1])) * 0.70710678118654752;
  odd[2] = quarterTurn(odd[2]);
  odd[3] = (quarterTurn(odd[3]) - odd[3]) * 0.70710678118654752;
#for k in 4
  (*x)[${k}] = even[${k}] + odd[${k}];
  (*x)[${k + 4}] = even[${k}] - odd[${k}];
#end
}
#for h in 3

// Numbers j and radix - j together: their sum goes with the cosine, their difference with the sine.
fn butterfly${2 * h + 3}(x: ptr<function, array<vec2f, 8>>) {
  let first = (*x)[0];
#for j in h + 1
  let root${j} = rootOfRadix(p.radix / ${2 * h + 3}u * ${j + 1}u);
  let sum${j} = (*x)[${j + 1}] + (*x)[${2 * h + 2 - j}];
  let difference${j} = (*x)[${j + 1}] - (*x)[${2 * h + 2 - j}];
  (*x)[0] += sum${j};
#end
#for k in h + 1
  var even${k} = first;
  var odd${k} = vec2f();
#for j in h + 1
#if (j + 1) * (k + 1) % (2 * h + 3) > h + 1
  even${k} += sum${j} * root${2 * h + 2 - (j + 1) * (k + 1) % (2 * h + 3)}.x;
  odd${k} -= difference${j} * root${2 * h + 2 - (j + 1) * (k + 1) % (2 * h + 3)}.y;
#else
  even${k} += sum${j} * root${(j + 1) * (k + 1) % (2 * h + 3) - 1}.x;
  odd${k} += difference${j} * root${(j + 1) * (k + 1) % (2 * h + 3) - 1}.y;
#end
#end
  (*x)[${k + 1}] = even${k} + vec2f(-odd${k}.y, odd${k}.x);
  (*x)[${2 * h + 2 - k}] = even${k} - vec2f(-odd${k}.y, odd${k}.x);
#end
}
#end
