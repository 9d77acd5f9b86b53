/** A published data set of noisy stacks, each of one static scene, as it lies at Zenodo. */
export interface DataSet {
  readonly title: string;
  /** Number of the Zenodo record. */
  readonly record: number;
  /** The archive's name in the record. */
  readonly archive: string;
  /** Names in the archive: the noisy captures of one scene, and captures of a defocused or empty field to calibrate noise with. */
  readonly noisy: string;
  readonly calibration: string;
}

/** Names of the data sets that can be fetched. */
export type DataSetName = "convallaria" | "actin" | "nuclei";

/** The three data sets of the paper; their ground truth is the mean over the frames of the noisy stack. */
export const dataSets: Readonly<Record<DataSetName, DataSet>> = {
  convallaria: {
    title: "Convallaria (100 frames of 1024 x 1024 pixels)",
    record: 5156913,
    archive: "Convallaria_diaphragm.zip",
    noisy: "20190520_tl_25um_50msec_05pc_488_130EM_Conv.tif",
    calibration: "20190726_tl_50um_500msec_wf_130EM_FD.tif",
  },
  actin: {
    title: "Mouse actin (100 frames of 1024 x 1024 pixels)",
    record: 5156937,
    archive: "Mouse actin.zip",
    noisy: "sample_attempt2.tif",
    calibration: "diaphragm.tif",
  },
  nuclei: {
    title: "Mouse skull nuclei (200 frames of 512 x 512 pixels)",
    record: 5156960,
    archive: "Mouse skull nuclei.zip",
    noisy: "example2_digital_offset300.tif",
    calibration: "edgeoftheslide_300offset.tif",
  },
};

/** All names, in the order in which they are shown. */
export const dataSetNames: readonly DataSetName[] = ["convallaria", "actin", "nuclei"];
