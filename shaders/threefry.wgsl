fn rotate(x: u32, n: u32) -> u32 { return (x << n) | (x >> (32u - n)); }

// Threefry-2x32, 20 rounds.
fn threefry(key: vec2u, counter: vec2u) -> vec2u {
  let parity = key.x ^ key.y ^ 0x1BD11BDAu;
  let k = array<u32, 3>(key.x, key.y, parity);
  var x = counter + key;
  x.x += x.y; x.y = rotate(x.y, 13u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 15u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 26u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 6u) ^ x.x;
  x.x += k[1]; x.y += k[2] + 1u;
  x.x += x.y; x.y = rotate(x.y, 17u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 29u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 16u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 24u) ^ x.x;
  x.x += k[2]; x.y += k[0] + 2u;
  x.x += x.y; x.y = rotate(x.y, 13u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 15u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 26u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 6u) ^ x.x;
  x.x += k[0]; x.y += k[1] + 3u;
  x.x += x.y; x.y = rotate(x.y, 17u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 29u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 16u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 24u) ^ x.x;
  x.x += k[1]; x.y += k[2] + 4u;
  x.x += x.y; x.y = rotate(x.y, 13u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 15u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 26u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 6u) ^ x.x;
  x.x += k[2]; x.y += k[0] + 5u;
  return x;
}
