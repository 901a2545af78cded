"""A window that shows pictures and reports keys.

It is OpenCV's own if that was built with windows. The build that pinxit installs has none, so that it needs no screen,
and two builds of OpenCV cannot be installed together; the window is then Tk's, which comes with Python.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from pinxit.errors import NotFound
from pinxit.images import Image

if TYPE_CHECKING:
    import tkinter

TITLE = "pinxit"
CLOSED, ESCAPE = "q", 27
"""The key reported when the window is closed with the mouse or Escape; OpenCV's code of Escape."""
TK = "Python lacks Tk (Debian, Ubuntu: apt install python3-tk)"
NO_WINDOW = f"no window can be opened: there is no screen here, or {TK}"


def open_window() -> Window:
    """Open a window; raises `NotFound` if that is impossible."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise NotFound(NO_WINDOW)
    framework = getattr(cv2, "currentUIFramework", str)  # '' or missing: OpenCV was built without windows
    return _OpenCV() if framework() else _Tk()


class _OpenCV:
    def __init__(self) -> None:
        cv2.namedWindow(TITLE, cv2.WINDOW_AUTOSIZE)

    def show(self, image: Image, title: str) -> str:
        """Show (H, W, 3) in [0, 1]; return the key pressed since the last call, in lower case, or ''."""
        cv2.imshow(TITLE, np.ascontiguousarray(_bytes(image)[..., ::-1]))
        cv2.setWindowTitle(TITLE, title)
        code = cv2.waitKey(1) & 0xFF
        if code == ESCAPE or cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1:
            return CLOSED
        return chr(code).lower() if 32 <= code < 127 else ""

    def close(self) -> None:
        cv2.destroyAllWindows()


class _Tk:
    def __init__(self) -> None:
        try:
            import tkinter

            self._root = tkinter.Tk()
        except Exception as error:  # Tk is missing, or found no screen
            raise NotFound(NO_WINDOW) from error
        self._tkinter = tkinter
        self._label = tkinter.Label(self._root, borderwidth=0)
        self._label.pack()
        self._key = ""
        self._root.bind("<Key>", self._press)
        self._root.protocol("WM_DELETE_WINDOW", self._closed)

    def _press(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self._key = CLOSED if event.keysym == "Escape" else str(event.char).lower()

    def _closed(self) -> None:
        self._key = CLOSED

    def show(self, image: Image, title: str) -> str:
        data = f"P6 {image.shape[1]} {image.shape[0]} 255 ".encode() + _bytes(image).tobytes()
        self._picture = self._tkinter.PhotoImage(data=data, format="PPM")  # Tk itself keeps no reference
        self._label.configure(image=self._picture)
        self._root.title(title)
        self._root.update()
        key, self._key = self._key, ""
        return key

    def close(self) -> None:
        with contextlib.suppress(self._tkinter.TclError):  # the screen is gone
            self._root.destroy()


def _bytes(image: Image) -> NDArray[np.uint8]:
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


Window = _OpenCV | _Tk
