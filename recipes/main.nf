// A plan of clidim batch in parts: nextflow run main.nf --jobs /data/jobs.jsonl --parts 64
params.jobs = "jobs.jsonl"
params.parts = 64

// Tasks run in folders of their own, so that the path has to be whole; in quotes of a shell.
jobs = "'" + file(params.jobs).toAbsolutePath().toString().replace("'", "'\\''") + "'"

process denoise {
    errorStrategy 'retry'
    maxRetries 2

    input:
    val part

    output:
    val part

    script:
    // Files that were given up (3) are told by the summary, and are no reason to begin again.
    """
    clidim batch run ${jobs} --part ${part}/${params.parts} --workers ${task.cpus} || test \$? -eq 3
    """
}

process summary {
    input:
    val parts

    script:
    """
    clidim batch summary ${jobs}
    """
}

workflow {
    denoise(Channel.of(0..<params.parts))
    summary(denoise.out.collect())
}
