// The least that shows a picture: the engine's own client, a token in hand, one video element.
"use strict";

/** Milliseconds from asking to be let in until the first picture is shown. */
window.firstPicture = async (url, token) => {
  const beganAt = performance.now();
  const room = new LivekitClient.Room();
  const shown = new Promise((resolve) => {
    room.on("trackSubscribed", (track) => {
      if (track.kind !== "video") return;
      const video = document.getElementById("picture");
      track.attach(video);
      video.requestVideoFrameCallback(() => resolve(performance.now() - beganAt));
    });
  });
  await room.connect(url, token);
  const milliseconds = await shown;
  await room.disconnect();
  return milliseconds;
};
