/** WAV files of one channel, 16 bits and 8 kHz: what a phone here plays and records. */

export const RATE_HZ = 8000;
const HEADER_BYTES = 44;
const BYTES_PER_SAMPLE = 2;

/** A WAV file of these samples. */
export function writeWav(samples: Int16Array): Buffer {
  const dataBytes = samples.length * BYTES_PER_SAMPLE;
  const file = Buffer.alloc(HEADER_BYTES + dataBytes);
  file.write("RIFF", 0, "latin1");
  file.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  file.write("WAVEfmt ", 8, "latin1");
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // channels
  file.writeUInt32LE(RATE_HZ, 24);
  file.writeUInt32LE(RATE_HZ * BYTES_PER_SAMPLE, 28);
  file.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  file.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  file.write("data", 36, "latin1");
  file.writeUInt32LE(dataBytes, 40);
  samples.forEach((sample, i) => {
    file.writeInt16LE(sample, HEADER_BYTES + i * BYTES_PER_SAMPLE);
  });
  return file;
}

/** The samples of a WAV file. Its lengths are not trusted: they are wrong while somebody still writes the file. */
export function readWav(file: Buffer): Int16Array {
  const form = file.toString("latin1", 0, 4) + file.toString("latin1", 8, 16);
  const [kind, channels, rate] = [file.readUInt16LE(20), file.readUInt16LE(22), file.readUInt32LE(24)];
  if (
    form !== "RIFFWAVEfmt " ||
    kind !== 1 ||
    channels !== 1 ||
    rate !== RATE_HZ ||
    file.readUInt16LE(34) !== 16
  ) {
    throw new Error(`not a WAV file of one channel, 16 bits and ${RATE_HZ} Hz`);
  }
  return Int16Array.from({ length: samplesIn(file.length) }, (_, i) =>
    file.readInt16LE(HEADER_BYTES + i * BYTES_PER_SAMPLE),
  );
}

/** How many samples a file of this size holds. */
export function samplesIn(fileBytes: number): number {
  return Math.max(0, Math.floor((fileBytes - HEADER_BYTES) / BYTES_PER_SAMPLE));
}
