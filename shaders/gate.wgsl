// Opens the way for commands that run where a choice wants them. An entry is the number of a branch and the workgroups of some of its commands; it becomes 1 and these workgroups where the branch is the one that is
// chosen, and zeros where it is not: commands that take their workgroups from there do nothing then. Below another gate, only if that one's own entry is open.
struct Parameters { last: i32, count: u32, outer: u32, none: u32, entries: array<vec4u, ${ENTRIES}> }
@group(0) @binding(0) var<storage, read> choice: array<i32>;
@group(0) @binding(1) var<storage, read_write> gate: array<vec4u>;
#if NESTED
@group(0) @binding(2) var<storage, read> around: array<vec4u>;
#end

@compute @workgroup_size(1)
fn main() {
  let chosen = u32(clamp(choice[0], 0, p.last));
#if NESTED
  let wanted = around[p.outer].x;
#else
  let wanted = 1u;
#end
  for (var k = 0u; k < p.count; k++) {
    let entry = p.entries[k];
    let open = select(0u, wanted, entry.x == chosen);
    gate[k] = vec4u(open, entry.yzw * open);
  }
}
