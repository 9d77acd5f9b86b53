uint rotate(uint x, uint n) { return (x << n) | (x >> (32u - n)); }

// Threefry-2x32, 20 rounds.
uvec2 threefry(uvec2 key, uvec2 counter) {
  uint parity = key.x ^ key.y ^ 0x1BD11BDAu;
  uvec2 x = counter + key;
  x.x += x.y; x.y = rotate(x.y, 13u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 15u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 26u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 6u) ^ x.x;
  x.x += key.y; x.y += parity + 1u;
  x.x += x.y; x.y = rotate(x.y, 17u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 29u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 16u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 24u) ^ x.x;
  x.x += parity; x.y += key.x + 2u;
  x.x += x.y; x.y = rotate(x.y, 13u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 15u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 26u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 6u) ^ x.x;
  x.x += key.x; x.y += key.y + 3u;
  x.x += x.y; x.y = rotate(x.y, 17u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 29u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 16u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 24u) ^ x.x;
  x.x += key.y; x.y += parity + 4u;
  x.x += x.y; x.y = rotate(x.y, 13u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 15u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 26u) ^ x.x;
  x.x += x.y; x.y = rotate(x.y, 6u) ^ x.x;
  x.x += parity; x.y += key.x + 5u;
  return x;
}
