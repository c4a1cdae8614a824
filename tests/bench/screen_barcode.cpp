// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the barcode of a synthetic picture off an X screen, whoever draws it, and tells how old each new picture was when
// it could first be seen: screen_barcode SECONDS. One JSON object on stdout; exit 1 when no barcode appears in 15 s.
#include "edge-agent/capture/barcode.h"

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/Xdamage.h>

#include <poll.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using namespace vedette;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr int kSyncCells = 8;

/// A rectangle of the root window in shared memory. Owns the image and the segment.
class Grab {
public:
    Grab(Display *display, int width, int height) : m_display(display)
    {
        const int screen = DefaultScreen(display);
        m_image = XShmCreateImage(display, DefaultVisual(display, screen), unsigned(DefaultDepth(display, screen)), ZPixmap,
                                  nullptr, &m_segment, unsigned(width), unsigned(height));
        m_segment.shmid = shmget(IPC_PRIVATE, std::size_t(m_image->bytes_per_line) * std::size_t(height), IPC_CREAT | 0600);
        m_segment.shmaddr = m_image->data = static_cast<char *>(shmat(m_segment.shmid, nullptr, 0));
        XShmAttach(display, &m_segment);
        XSync(display, False);
        shmctl(m_segment.shmid, IPC_RMID, nullptr);
    }
    ~Grab()
    {
        XShmDetach(m_display, &m_segment);
        XDestroyImage(m_image);
        shmdt(m_segment.shmaddr);
    }
    Grab(const Grab &) = delete;
    Grab &operator=(const Grab &) = delete;

    void take(int x, int y) { XShmGetImage(m_display, DefaultRootWindow(m_display), m_image, x, y, AllPlanes); }
    /// Green stands for the luma.
    void greys(int row, std::vector<std::uint8_t> &out) const
    {
        out.resize(std::size_t(m_image->width));
        const auto *pixel = reinterpret_cast<const std::uint8_t *>(m_image->data) + std::ptrdiff_t(row) * m_image->bytes_per_line;
        for (std::size_t x = 0; x < out.size(); ++x)
            out[x] = pixel[4 * x + 1];
    }

private:
    Display *m_display;
    XShmSegmentInfo m_segment{};
    XImage *m_image = nullptr;
};

/// Told by the server each time that something was drawn on the screen.
class Drawings {
public:
    explicit Drawings(Display *display) : m_display(display)
    {
        int error = 0;
        m_known = XDamageQueryExtension(display, &m_event, &error);
        if (m_known)
            m_damage = XDamageCreate(display, DefaultRootWindow(display), XDamageReportNonEmpty);
    }
    bool known() const { return m_known; }
    /// False at the deadline.
    bool wait(Steady::time_point deadline)
    {
        bool drawn = false;
        while (!drawn) {
            while (XPending(m_display)) {
                XEvent event;
                XNextEvent(m_display, &event);
                drawn |= event.type == m_event + XDamageNotify;
            }
            const auto left = std::chrono::ceil<milliseconds>(deadline - Steady::now());
            if (drawn || left <= milliseconds{0})
                break;
            pollfd connection{ConnectionNumber(m_display), POLLIN, 0};
            poll(&connection, 1, static_cast<int>(left.count()));
        }
        // Before the caller looks: what is drawn while he does is told again.
        XDamageSubtract(m_display, m_damage, None, None);
        return drawn;
    }

private:
    Display *m_display;
    Damage m_damage = None;
    int m_event = 0;
    bool m_known = false;
};

double utcNowMs()
{
    return std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// One row is the whole strip: every line of it is the same. Eight bits of CRC alone find a barcode in many a window.
std::optional<agent::Barcode> readRow(const std::uint8_t *row, int width)
{
    const auto barcode = agent::readBarcode(row, 0, width, 60);
    return barcode && std::abs(utcNowMs() - double(barcode->capturedMs)) < 60'000 ? barcode : std::nullopt;
}

bool looksLikeSync(const std::uint8_t *row, int width)
{
    for (int cell = 0; cell < kSyncCells; ++cell) {
        const int x = (2 * cell + 1) * width / (2 * agent::kBarcodeCells);
        if ((row[x] > 127) != bool(agent::kBarcodeSync >> (7 - cell) & 1))
            return false;
    }
    return true;
}

struct Place {
    int x = 0, y = 0, width = 0;
};

std::optional<Place> find(Display *display)
{
    const int width = DisplayWidth(display, DefaultScreen(display)), height = DisplayHeight(display, DefaultScreen(display));
    Grab whole(display, width, height);
    whole.take(0, 0);
    std::vector<std::uint8_t> row;
    for (int y = 0; y < height; y += 4) {
        whole.greys(y, row);
        for (int x = 0; x < width; ++x) {
            const bool edge = row[std::size_t(x)] > 127 && (x == 0 || row[std::size_t(x) - 1] <= 127);
            // Some widths beside the true one can be read, too: the middle of them is safe.
            int widest = 0, narrowest = 0;
            for (int w = edge ? width - x : 0; w >= 2 * agent::kBarcodeCells; --w) {
                if (looksLikeSync(&row[std::size_t(x)], w) && readRow(&row[std::size_t(x)], w)) {
                    widest = std::max(widest, w);
                    narrowest = w;
                } else if (widest > 0) {
                    break;
                }
            }
            if (widest > 0)
                return Place{x, y + 4, (widest + narrowest) / 2};
        }
    }
    return std::nullopt;
}

double quantile(const std::vector<double> &sorted, double q)
{
    return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, std::size_t(q * double(sorted.size())))];
}

} // namespace

int main(int argc, char **argv)
{
    Display *display = argc == 2 ? XOpenDisplay(nullptr) : nullptr;
    if (!display) {
        std::fprintf(stderr, "usage: screen_barcode SECONDS, with DISPLAY set\n");
        return 2;
    }
    Drawings drawings(display);
    if (!drawings.known()) {
        std::fprintf(stderr, "this X server has no DAMAGE extension\n");
        return 2;
    }
    std::optional<Place> place;
    const auto giveUp = Steady::now() + std::chrono::seconds(15);
    while (!(place = find(display)) && drawings.wait(giveUp)) {
    }
    if (!place) {
        std::fprintf(stderr, "no barcode on the screen\n");
        return 1;
    }
    std::vector<double> ages;
    std::optional<agent::Barcode> last;
    long skipped = 0, back = 0;
    {
        Grab strip(display, place->width, 1);
        std::vector<std::uint8_t> row;
        const auto begin = Steady::now();
        const auto end = begin + milliseconds(long(std::atof(argv[1]) * 1000));
        while (drawings.wait(end)) {
            strip.take(place->x, place->y);
            strip.greys(0, row);
            const double seen = utcNowMs();
            const auto barcode = readRow(row.data(), place->width);
            if (!barcode || (last && barcode->frame == last->frame))
                continue;
            if (last) {
                skipped += std::max<long>(0, long(barcode->frame) - long(last->frame) - 1);
                back += barcode->frame < last->frame;
                ages.push_back(seen - double(barcode->capturedMs));
            }
            last = barcode;
        }
    }
    std::sort(ages.begin(), ages.end());
    std::printf("{\"x\":%d,\"y\":%d,\"width\":%d,\"pictures\":%zu,\"skipped\":%ld,\"back\":%ld,\"p50\":%.2f,\"p95\":%.2f,\"max\":%.2f}\n", place->x,
                place->y, place->width, ages.size(), skipped, back, quantile(ages, 0.5), quantile(ages, 0.95),
                ages.empty() ? 0 : ages.back());
    XCloseDisplay(display);
    return 0;
}
