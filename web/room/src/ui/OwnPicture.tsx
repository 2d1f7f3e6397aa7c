import { useEffect, useRef } from "react";

/** One's own camera, as in a mirror. */
export function OwnPicture({ track, className = "" }: { track: MediaStreamTrack; className?: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element) element.srcObject = new MediaStream([track]);
    return () => {
      if (element) element.srcObject = null;
    };
  }, [track]);
  return <video ref={video} autoPlay playsInline muted className={`absolute inset-0 w-full h-full object-cover -scale-x-100 ${className}`} />;
}
