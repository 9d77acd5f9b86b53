// Compiles where subgroups of ${SIZE} can be asked for, and is never run.
enable subgroups;
enable subgroup_size_control;

@subgroup_size(${SIZE})
@compute @workgroup_size(256)
fn main() {}
