/** How loud a microphone is, for the eye: a number of bars. */

export const LEVEL_BARS = 16;

/** Bars for samples between -1 and 1: logarithmic like the ear, from -54 dB (none) to -6 dB (all). */
export function barsOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-10);
  return Math.max(0, Math.min(LEVEL_BARS, Math.round(((decibels + 54) / 48) * LEVEL_BARS)));
}

/** Calls `onLevel` ten times a second until the answer is called. */
export function measureLevel(track: MediaStreamTrack, context: AudioContext, onLevel: (bars: number) => void): () => void {
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(barsOf(samples));
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}

/** Half a second of a soft tone, to hear whether one hears. */
export async function playTestSound(context: AudioContext, speakerId: string): Promise<void> {
  await (context as AudioContext & { setSinkId?: (id: string) => Promise<void> }).setSinkId?.(speakerId).catch(() => undefined);
  await context.resume();
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = 523.25;
  volume.gain.setValueAtTime(0, context.currentTime);
  volume.gain.linearRampToValueAtTime(0.2, context.currentTime + 0.05);
  volume.gain.linearRampToValueAtTime(0, context.currentTime + 0.5);
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.5);
}
