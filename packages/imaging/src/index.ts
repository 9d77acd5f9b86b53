export { type DataSet, type DataSetName, dataSetNames, dataSets } from "./fetch/dataSets.js";
export { fileError, PlaceError } from "./files/fileError.js";
export type { CompiledDecoder, DecodeCompiled } from "./formats/compiledDecoders.js";
export { crc32c } from "./formats/crc32c.js";
export { createImage, type Destination } from "./formats/createImage.js";
export {
  type ByteRange,
  blobFiles,
  type DirectoryHandle,
  directoryFiles,
  type FileStore,
} from "./formats/fileStore.js";
export { type BlobFolderSink, blobFolderSink, type FolderSink, writeInto } from "./formats/folderSink.js";
export type {
  FileFormat,
  FolderFormat,
  FormatWriter,
  ImageFormat,
  ImageHeader,
  ImageWriter,
  PageBands,
} from "./formats/format.js";
export { httpFiles, isUrl, urlText } from "./formats/httpFiles.js";
export { type OpenImageOptions, openImage } from "./formats/openImage.js";
export { previewPng } from "./formats/png/previewPng.js";
export { blobBytes, type RandomAccess } from "./formats/randomAccess.js";
export { imageFormats } from "./formats/registry.js";
export { restoringValue } from "./formats/restoringValue.js";
export type { Sibling, Siblings } from "./formats/siblings.js";
export { type BlobSink, blobSink, type Sink } from "./formats/sink.js";
export { writableAs } from "./formats/writableAs.js";
export { ByteCache, type CachePart } from "./image/byteCache.js";
export { CachedSource } from "./image/cachedSource.js";
export { castImage, NonFiniteValue } from "./image/castImage.js";
export { contrastRectangle } from "./image/contrastRectangle.js";
export { contrastWindow, contrastWindowOf } from "./image/contrastWindow.js";
export { counterRandom, type RandomStream } from "./image/counterRandom.js";
export { difference } from "./image/difference.js";
export { displayRange } from "./image/displayRange.js";
export { escapedHtml } from "./image/escapedHtml.js";
export { evenlySpread } from "./image/evenlySpread.js";
export { type FileSpec, fileSpecText, type PageRange } from "./image/fileSpec.js";
export { fromFunction } from "./image/fromFunction.js";
export {
  type Float64Plane,
  type Image,
  INTEGER_RANGES,
  type PixelArrays,
  type PixelType,
  type Plane,
  pixelArray,
  type Stack,
  sizeText,
} from "./image/image.js";
export { InputError } from "./image/inputError.js";
export { cutPage, type LazyPage, pageInMemory, pagesOf, rowBands } from "./image/lazyPage.js";
export {
  type LazyStack,
  lazyStack,
  type MissingPolicy,
  type ReadPageOptions,
  readPages,
} from "./image/lazyStack.js";
export { meanImage, streamedMeanImage } from "./image/meanImage.js";
export {
  type AxisCalibration,
  calibrationOf,
  type ImageMetadata,
  type OwnMetadata,
} from "./image/metadata.js";
export {
  type Affine,
  affineOf,
  checkIntensities,
  denormalize,
  type FitNormalizationOptions,
  fitNormalization,
  type IntensityCheck,
  type Normalization,
  normalize,
  streamedIntensityCheck,
  streamedNormalization,
} from "./image/normalization.js";
export { percentile, percentiles, streamedPercentiles } from "./image/percentile.js";
export { type PlanarSource, planarSource } from "./image/planarSource.js";
export type { PlaneAxes } from "./image/planeSelection.js";
export { type Provenance, provenanceText } from "./image/provenance.js";
export { reflect } from "./image/reflect.js";
export {
  cutPlane,
  overlappingRegions,
  type Rectangle,
  type RegionName,
  regionNames,
  regionRectangle,
} from "./image/regions.js";
export { rint } from "./image/rint.js";
export { selectPages } from "./image/selectPages.js";
export { imageAxesOf, type PlaneRegion, pageIndicesAlong, selectRegion } from "./image/selectRegion.js";
export {
  type Axis,
  type AxisRange,
  axisNames,
  type Block,
  type ImageSource,
  pageCountOf,
  pageRegion,
  pageSizeOf,
  type ReadOptions,
  type Region,
  resolveRegion,
} from "./image/source.js";
export { symmetric } from "./image/symmetric.js";
export { TransientError } from "./image/transientError.js";
export { withoutValue } from "./image/withoutValue.js";
export { affineFit } from "./metrics/affineFit.js";
export { confidenceInterval, type Interval } from "./metrics/confidenceInterval.js";
export {
  evaluatePages,
  type MetricIntervals,
  type MetricsSummary,
  meanMetrics,
  metricIntervals,
  type PageMetrics,
  pageMetrics,
} from "./metrics/evaluatePages.js";
export { fluxDifference } from "./metrics/fluxDifference.js";
export { type FurtherMetrics, furtherMetrics } from "./metrics/furtherMetrics.js";
export { meanSquaredError } from "./metrics/meanSquaredError.js";
export { type NrmseNormalization, nrmse } from "./metrics/nrmse.js";
export { nrmseAsReleased } from "./metrics/nrmseAsReleased.js";
export { psnr } from "./metrics/psnr.js";
export { psnrAsReleased } from "./metrics/psnrAsReleased.js";
export { dataRange } from "./metrics/range.js";
export { siPsnr } from "./metrics/siPsnr.js";
export { ssim, ssimGaussian } from "./metrics/ssim.js";
export { ssimAsReleased } from "./metrics/ssimAsReleased.js";
export { filledPage } from "./missing/filledPage.js";
export { fillMissing } from "./missing/fillMissing.js";
export { largestWhole } from "./missing/largestWhole.js";
export { blankText, isBlank, isMostlyMissing, missingPixels, withMissing } from "./missing/missingPixels.js";
export { type SuspectedValue, suspectedValue } from "./missing/suspectedValue.js";
export { anscombe, inverseAnscombe } from "./noise/anscombe.js";
export { correlatedNoise } from "./noise/correlatedNoise.js";
export { estimateNoise, type PageVariances, pageVariances } from "./noise/estimateNoise.js";
export { estimateSharedNoise } from "./noise/estimateSharedNoise.js";
export { type FitMixtureOptions, fitNoiseMixture } from "./noise/fitNoiseMixture.js";
export { FrameAccumulator, type FrameStatistics } from "./noise/frameStatistics.js";
export { gaussianBlur, gaussianRadius } from "./noise/gaussianBlur.js";
export { measuredPart } from "./noise/measuredPart.js";
export { type MeasureOptions, measureFrames, type Scene } from "./noise/measureFrames.js";
export { measurePages } from "./noise/measurePages.js";
export { measureSignal, type SignalPair } from "./noise/measureSignal.js";
export type { NoiseCorrelation } from "./noise/noiseCorrelation.js";
export {
  HistogramAccumulator,
  type HistogramBins,
  histogramBins,
  histogramDensity,
  type NoiseHistogram,
} from "./noise/noiseHistogram.js";
export {
  type NoiseMeasurement,
  noiseHistogramSchema,
  noiseMeasurementText,
  noiseMixtureSchema,
  parseNoiseMeasurement,
} from "./noise/noiseMeasurement.js";
export {
  largestDensity,
  leastDensity,
  type MixtureComponents,
  mixtureComponents,
  mixtureDensity,
  mixtureVariance,
  type NoiseMixture,
} from "./noise/noiseMixture.js";
export type { NoiseModel } from "./noise/noiseModel.js";
export { noiseReportHtml } from "./noise/noiseReportHtml.js";
export { noiseSvg } from "./noise/noiseSvg.js";
export {
  expectedInNoiseUnits,
  fromNoiseUnits,
  type NoiseUnits,
  noiseUnitsOf,
  toNoiseUnits,
} from "./noise/noiseUnits.js";
export { photonTransfer, type TransferPoint } from "./noise/photonTransfer.js";
export { poissonGaussianMixture } from "./noise/poissonGaussianMixture.js";
export { restoreFlux } from "./noise/restoreFlux.js";
export { SignalPairSampler, type SignalPairs } from "./noise/signalPairs.js";
export { type StabilizedPage, stabilize } from "./noise/stabilize.js";
export { stabilized, stabilizer } from "./noise/stabilized.js";
export type { SignalVariance, VarianceLine } from "./noise/varianceLine.js";
export { fitUnits, LARGEST_DRIFT, otherUnits, type UnitFit } from "./registration/fitUnits.js";
export {
  FEWEST_SIGNAL,
  type PageCorrelation,
  pageCorrelation,
  type Shift,
  SMALLEST_COMPARED,
} from "./registration/pageCorrelation.js";
export { type SimulatedScene, type SimulateOptions, simulateScenes } from "./simulate/simulateScenes.js";
export { assessPage, type PageAssessment, SMALLEST_ASSESSED } from "./trust/assessPage.js";
export { type Autocorrelation, autocorrelation, type Lag } from "./trust/autocorrelation.js";
export { CHECKERBOARD_LIMIT, type Checkerboard, checkerboard } from "./trust/checkerboard.js";
export { clippedPart } from "./trust/clippedPart.js";
export { type Flux, flux } from "./trust/flux.js";
export { hasLight } from "./trust/hasLight.js";
export type { PageMeasurements } from "./trust/pageMeasurements.js";
export { residualAgainstSignal, type SignalBin } from "./trust/residualAgainstSignal.js";
export { surroundings } from "./trust/surroundings.js";
export {
  assessedPages,
  type CalibratedDenoiser,
  type TrustReport,
  trustReportJson,
} from "./trust/trustReport.js";
export { type PagePictures, pagePictures, trustReportHtml } from "./trust/trustReportHtml.js";
export {
  calibratedDeviation,
  calibrateUncertainty,
  coverageOf,
  type HeldOutPixels,
  heldOutCoverage,
  type UncertaintyCalibration,
  type UncertaintyCoverage,
} from "./trust/uncertaintyCalibration.js";
