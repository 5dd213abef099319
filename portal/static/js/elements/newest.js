// One question at a time; what was asked meanwhile is asked once more at the end, so that the newest state wins.

/**
 * @param {() => Promise<void>} draw
 * @returns {() => Promise<void>} asks for a drawing; what fails is drawn by the next question
 */
export function newest(draw) {
  let drawing = false;
  let due = false;
  return async () => {
    due = true;
    if (drawing) return;
    drawing = true;
    while (due) {
      due = false;
      await draw().catch(() => {});
    }
    drawing = false;
  };
}
